//! What waits for a statement, and which batches are at the database.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use privet_application::StoreError;
use privet_domain::UserId;
use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;

use crate::executor::abandonment::Read;
use crate::executor::metrics::Raised;
use crate::executor::under_way::UnderWayChange;

/// A request that is not answered yet.
pub(super) struct Waiting<R, A> {
    /// Greater than that of every request that came before.
    pub number: u64,
    pub key: Option<UserId>,
    pub weight: usize,
    pub request: R,
    pub answer: oneshot::Sender<Result<A, StoreError>>,
    /// What tells others that the change is not over.
    pub change: Option<UnderWayChange>,
    /// Where its caller waits.
    pub runtime: Handle,
    /// Counts it in the metrics until it is taken into a batch.
    pub counted: Option<Raised>,
}

impl<R, A> Waiting<R, A> {
    /// Whether nobody waits for the answer any more.
    pub fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    pub fn answer(self, result: Result<A, StoreError>) {
        // Over before its caller hears of it.
        drop(self.change);
        // The caller may be gone.
        let _ = self.answer.send(result);
    }
}

/// Requests that go to the database together.
pub(super) struct Batch<R, A, X> {
    pub number: u64,
    pub keys: Vec<UserId>,
    pub requests: Vec<Waiting<R, A>>,
    pub read: Arc<Read<X>>,
}

/// A batch that is at the database.
struct UnderWayBatch<X> {
    number: u64,
    /// In ascending order.
    requests: Vec<u64>,
    /// How many of the callers are gone.
    gone: usize,
    read: Arc<Read<X>>,
}

/// The requests for one statement.
pub(super) struct Queue<R, A, X> {
    /// In the order of their numbers.
    waiting: VecDeque<Waiting<R, A>>,
    next: u64,
    /// How many runners there are, those included that wait for a connection.
    at_work: usize,
    under_way: Vec<UnderWayBatch<X>>,
    /// Those of all batches that are under way.
    keys: HashSet<UserId>,
}

impl<R, A, X> Default for Queue<R, A, X> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            next: 0,
            at_work: 0,
            under_way: Vec::new(),
            keys: HashSet::new(),
        }
    }
}

impl<R, A, X: Clone + Send + 'static> Queue<R, A, X> {
    /// Adds a request, and answers its number.
    pub fn push(&mut self, waiting: Waiting<R, A>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.waiting.push_back(Waiting { number, ..waiting });
        number
    }

    /// Whether another runner is to begin. It is counted from now on.
    pub fn begin_work(&mut self, most: usize) -> bool {
        let begins = self.at_work < most && self.has_takeable();
        if begins {
            self.at_work += 1;
        }
        begins
    }

    /// Takes the next request alone.
    pub fn take_one(&mut self) -> Option<Batch<R, A, X>> {
        self.take(0)
    }

    /// Takes the next batch. Without one, the runner ends.
    pub fn take_or_end(&mut self, most: usize) -> Option<Batch<R, A, X>> {
        let batch = self.take(most);
        if batch.is_none() {
            self.at_work -= 1;
        }
        batch
    }

    /// A runner ends without having looked for another batch, because this runtime ends, or all of them. Answers what
    /// nobody is left to take, and where another runner is to begin. It is counted from now on.
    pub fn end_early(&mut self, ending: Option<Id>) -> (VecDeque<Waiting<R, A>>, Option<Handle>) {
        self.at_work -= 1;
        if self.at_work > 0 {
            return (VecDeque::new(), None);
        }
        let stays = |waiting: &Waiting<R, A>| ending.is_some_and(|id| waiting.runtime.id() != id);
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let (stay, left) = waiting.partition(stays);
        self.waiting = stay;
        let next = self.waiting.front().map(|first| first.runtime.clone());
        self.at_work += usize::from(next.is_some());
        (left, next)
    }

    /// Where the caller waits who waits longest. If nobody waits, the runner ends.
    pub fn runtime_or_end(&mut self) -> Option<Handle> {
        let first = self.waiting.front();
        let runtime = first.map(|first| first.runtime.clone());
        if runtime.is_none() {
            self.at_work -= 1;
        }
        runtime
    }

    /// The batch is over, but for these requests, which go alone now, before those that came later.
    pub fn end_batch(&mut self, number: u64, keys: &[UserId], left: Vec<Waiting<R, A>>) {
        self.under_way.retain(|batch| batch.number != number);
        for key in keys {
            self.keys.remove(key);
        }
        for mut waiting in left {
            waiting.weight = usize::MAX;
            let is_earlier = |other: &Waiting<R, A>| other.number < waiting.number;
            let place = self.waiting.partition_point(is_earlier);
            self.waiting.insert(place, waiting);
        }
    }

    /// Takes a request out whose caller is gone, unless it is in a batch.
    pub fn withdraw(&mut self, number: u64) -> Option<Waiting<R, A>> {
        let place = self
            .waiting
            .binary_search_by_key(&number, |waiting| waiting.number);
        self.waiting.remove(place.ok()?)
    }

    /// The caller of a request in a batch is gone. Answers the batch's read if no caller is left.
    pub fn leave_batch(&mut self, number: u64) -> Option<Arc<Read<X>>> {
        let mut batches = self.under_way.iter_mut();
        let batch = batches.find(|batch| batch.requests.binary_search(&number).is_ok())?;
        batch.gone += 1;
        (batch.gone == batch.requests.len()).then(|| Arc::clone(&batch.read))
    }

    fn has_takeable(&self) -> bool {
        let mut waiting = self.waiting.iter();
        waiting.any(|waiting| !waiting.key.is_some_and(|key| self.keys.contains(&key)))
    }

    /// Takes requests that weigh no more than this together, and at least one.
    fn take(&mut self, most: usize) -> Option<Batch<R, A, X>> {
        let (mut requests, mut passed_over) = (Vec::new(), Vec::new());
        let mut weight = 0_usize;
        while let Some(mut next) = self.waiting.pop_front() {
            let together = weight.saturating_add(next.weight);
            if !requests.is_empty() && together > most {
                passed_over.push(next);
                break;
            }
            // Those behind it with the same key are passed over, too.
            if next.key.is_some_and(|key| !self.keys.insert(key)) {
                passed_over.push(next);
                continue;
            }
            weight = together;
            next.counted = None;
            requests.push(next);
        }
        for waiting in passed_over.into_iter().rev() {
            self.waiting.push_front(waiting);
        }
        (!requests.is_empty()).then(|| self.begin_batch(requests))
    }

    fn begin_batch(&mut self, requests: Vec<Waiting<R, A>>) -> Batch<R, A, X> {
        let (number, read) = (self.next, Read::new());
        self.next += 1;
        self.under_way.push(UnderWayBatch {
            number,
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
