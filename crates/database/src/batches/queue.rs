//! The requests that wait for a statement, and the batches in progress.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use privet_domain::UserId;
use tokio::runtime::{Handle, Id};

use crate::executor::Another;
use crate::executor::abandonment::Read;

use super::lanes::{Lane, LaneState};
use super::limits::{HEAVY, Limits};
use super::waiting::Waiting;

/// Requests that are sent together.
pub(super) struct Batch<R, A, X> {
    pub number: u64,
    pub keys: Vec<UserId>,
    pub requests: Vec<Waiting<R, A>>,
    pub read: Arc<Read<X>>,
}

/// A batch in progress.
struct UnderWayBatch<X> {
    number: u64,
    lane: Lane,
    begun: Instant,
    weight: usize,
    /// In ascending order.
    requests: Vec<u64>,
    /// The number of callers that gave up.
    gone: usize,
    read: Arc<Read<X>>,
}

/// The requests for one statement.
pub(super) struct Queue<R, A, X> {
    together: LaneState<R, A>,
    alone: LaneState<R, A>,
    next: u64,
    under_way: Vec<UnderWayBatch<X>>,
    /// Whether a task looks for batches that take long.
    is_watched: bool,
    /// The keys of all batches in progress, and of the requests that wait to be sent alone.
    keys: HashSet<UserId>,
}

impl<R, A, X> Default for Queue<R, A, X> {
    fn default() -> Self {
        Self {
            together: LaneState::default(),
            alone: LaneState::default(),
            next: 0,
            under_way: Vec::new(),
            is_watched: false,
            keys: HashSet::new(),
        }
    }
}

impl<R, A, X: Clone + Send + 'static> Queue<R, A, X> {
    /// Adds a request and returns its number.
    pub fn push(&mut self, waiting: Waiting<R, A>) -> u64 {
        let number = self.next;
        self.next += 1;
        let waiting = Waiting { number, ..waiting };
        self.together.waiting.push_back(waiting);
        number
    }

    /// Whether another runner must start. If so, it is counted.
    pub fn begin_work(&mut self, lane: Lane, limits: Limits) -> bool {
        let at_work = self.state(lane).at_work;
        let begins = at_work < limits.most
            && (at_work == 0 || lane == Lane::Alone || self.needs_another(limits.another))
            && self.has_takeable(lane);
        if begins {
            self.state(lane).at_work += 1;
        }
        begins
    }

    /// Whether a task must look for batches that take long from now on, because requests wait and none does.
    pub fn begin_watch(&mut self) -> bool {
        let begins = !self.is_watched && !self.together.waiting.is_empty();
        self.is_watched |= begins;
        begins
    }

    pub fn end_watch(&mut self) {
        self.is_watched = false;
    }

    /// The runtime on which another runner must start, which is counted, because all runners have executed their batches
    /// for longer than this.
    pub fn begin_beside_stuck(&mut self, stuck_after: Duration, limits: Limits) -> Option<Handle> {
        let batches = self.batches(Lane::Together);
        let stuck = batches.filter(|batch| batch.begun.elapsed() >= stuck_after);
        if stuck.count() < self.together.at_work || !self.begin_work(Lane::Together, limits) {
            return None;
        }
        self.runtime_or_end(Lane::Together)
    }

    /// Whether a runner must end after its batch, because more work than usual: some were stuck. If so, it is not counted
    /// any more.
    pub fn ends_as_surplus(&mut self, lane: Lane, most: usize) -> bool {
        let ends = self.state(lane).at_work > most;
        if ends {
            self.state(lane).at_work -= 1;
        }
        ends
    }

    /// Takes the next batch. Returns `None` and stops counting the runner if there is none.
    pub fn take_or_end(&mut self, lane: Lane, most: usize) -> Option<Batch<R, A, X>> {
        let batch = self.take(lane, most);
        if batch.is_none() {
            self.state(lane).at_work -= 1;
        }
        batch
    }

    /// A runner ends early, because the runtime `ending` stops, or all of them (`None`). Returns the requests that no
    /// runner can take any more, and the runtime on which another runner must start, which is counted.
    pub fn end_early(
        &mut self,
        lane: Lane,
        ending: Option<Id>,
    ) -> (VecDeque<Waiting<R, A>>, Option<Handle>) {
        let state = self.state(lane);
        state.at_work -= 1;
        if state.at_work > 0 {
            return (VecDeque::new(), None);
        }
        let stays = |waiting: &Waiting<R, A>| ending.is_some_and(|id| waiting.runtime.id() != id);
        let waiting = std::mem::take(&mut state.waiting).into_iter();
        let (stay, left): (_, VecDeque<_>) = waiting.partition(stays);
        state.waiting = stay;
        let next = state.waiting.front().map(|first| first.runtime.clone());
        state.at_work += usize::from(next.is_some());
        if lane == Lane::Alone {
            self.release(left.iter().filter_map(|waiting| waiting.key));
        }
        (left, next)
    }

    /// The runtime of the oldest waiting request. Returns `None` and stops counting the runner if no request waits.
    pub fn runtime_or_end(&mut self, lane: Lane) -> Option<Handle> {
        let state = self.state(lane);
        let first = state.waiting.front();
        let runtime = first.map(|first| first.runtime.clone());
        if runtime.is_none() {
            state.at_work -= 1;
        }
        runtime
    }

    /// Ends a batch. The requests `left` are sent again alone; later ones with the same keys wait for them. Returns those
    /// of them whose callers gave up meanwhile.
    pub fn end_batch(
        &mut self,
        number: u64,
        keys: &[UserId],
        left: Vec<Waiting<R, A>>,
    ) -> Vec<Waiting<R, A>> {
        self.under_way.retain(|batch| batch.number != number);
        self.release(keys.iter().copied());
        let (abandoned, left) = left.into_iter().partition(Waiting::is_abandoned);
        self.send_alone(left);
        abandoned
    }

    fn send_alone(&mut self, left: Vec<Waiting<R, A>>) {
        for waiting in left {
            self.keys.extend(waiting.key);
            let is_earlier = |other: &Waiting<R, A>| other.number < waiting.number;
            let place = self.alone.waiting.partition_point(is_earlier);
            self.alone.waiting.insert(place, waiting);
        }
    }

    /// Removes a request whose caller gave up, unless it is in a batch.
    pub fn withdraw(&mut self, number: u64) -> Option<Waiting<R, A>> {
        let withdrawn = self.alone.withdraw(number);
        if withdrawn.is_none() {
            return self.together.withdraw(number);
        }
        self.release(withdrawn.iter().filter_map(|waiting| waiting.key));
        withdrawn
    }

    fn release(&mut self, keys: impl IntoIterator<Item = UserId>) {
        for key in keys {
            self.keys.remove(&key);
        }
    }

    fn state(&mut self, lane: Lane) -> &mut LaneState<R, A> {
        match lane {
            Lane::Together => &mut self.together,
            Lane::Alone => &mut self.alone,
        }
    }

    /// Notes that the caller of a request in a batch gave up. Returns the batch's read if no caller is left.
    pub fn leave_batch(&mut self, number: u64) -> Option<Arc<Read<X>>> {
        let mut batches = self.under_way.iter_mut();
        let batch = batches.find(|batch| batch.requests.binary_search(&number).is_ok())?;
        batch.gone += 1;
        (batch.gone == batch.requests.len()).then(|| Arc::clone(&batch.read))
    }

    /// Whether the waiting requests are worth another batch, or the next one of those in progress may come late.
    fn needs_another(&self, another: Another) -> bool {
        if self.together.waiting.len() >= another.from {
            return true;
        }
        let mut batches = self.batches(Lane::Together);
        batches.any(|batch| batch.weight >= HEAVY || batch.begun.elapsed() >= another.after)
    }

    pub fn has_batch(&self, lane: Lane) -> bool {
        self.batches(lane).next().is_some()
    }

    fn batches(&self, lane: Lane) -> impl Iterator<Item = &UnderWayBatch<X>> {
        let batches = self.under_way.iter();
        batches.filter(move |batch| batch.lane == lane)
    }

    fn has_takeable(&self, lane: Lane) -> bool {
        let mut waiting = self.together.waiting.iter();
        match lane {
            Lane::Together => {
                waiting.any(|waiting| !waiting.key.is_some_and(|key| self.keys.contains(&key)))
            }
            Lane::Alone => !self.alone.waiting.is_empty(),
        }
    }

    /// Takes the next batch of this lane.
    pub fn take(&mut self, lane: Lane, most: usize) -> Option<Batch<R, A, X>> {
        match lane {
            Lane::Together => self.take_together(most),
            Lane::Alone => {
                let mut next = self.alone.waiting.pop_front()?;
                next.counted = None;
                Some(self.begin_batch(lane, vec![next]))
            }
        }
    }

    /// Takes at least one request, and more up to this total weight.
    fn take_together(&mut self, most: usize) -> Option<Batch<R, A, X>> {
        let (mut requests, mut passed_over) = (Vec::new(), Vec::new());
        let mut weight = 0_usize;
        while let Some(mut next) = self.together.waiting.pop_front() {
            let together = weight.saturating_add(next.weight);
            if !requests.is_empty() && together > most {
                passed_over.push(next);
                break;
            }
            // Later requests with the same key are skipped, too.
            if next.key.is_some_and(|key| !self.keys.insert(key)) {
                passed_over.push(next);
                continue;
            }
            weight = together;
            next.counted = None;
            requests.push(next);
        }
        for waiting in passed_over.into_iter().rev() {
            self.together.waiting.push_front(waiting);
        }
        (!requests.is_empty()).then(|| self.begin_batch(Lane::Together, requests))
    }

    fn begin_batch(&mut self, lane: Lane, requests: Vec<Waiting<R, A>>) -> Batch<R, A, X> {
        let (number, read) = (self.next, Read::new());
        self.next += 1;
        self.under_way.push(UnderWayBatch {
            number,
            lane,
            begun: Instant::now(),
            weight: requests.iter().map(|waiting| waiting.weight).sum(),
            requests: requests.iter().map(|waiting| waiting.number).collect(),
            gone: 0,
            read: Arc::clone(&read),
        });
        Batch {
            number,
            keys: requests.iter().filter_map(|waiting| waiting.key).collect(),
            requests,
            read,
        }
    }
}
