//! Runners, which execute batches until no request waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::QueryResult;
use diesel::r2d2::R2D2Connection;
use privet_application::StoreError;
use tokio::runtime::{Handle, Id};

use super::lanes::Lane;
use super::queue::Batch;
use super::waiting::Waiting;
use super::{Answers, BatchOf, Kind, Shared, Statement};
use crate::errors::{leaves_outcome_open, loses_connection, store_error};
use crate::executor::{Connector, Permits};

type Requests<M, S> = Vec<
    Waiting<
        <S as Statement<<M as Connector>::Connection>>::Request,
        <S as Statement<<M as Connector>::Connection>>::Answer,
    >,
>;

/// Executes one batch after the other. The queue counts it until it ends.
pub(super) struct Runner<M: Connector, S: Statement<M::Connection>> {
    shared: Arc<Shared<M, S>>,
    lane: Lane,
    /// The runtime on which it waits for a connection.
    waits_on: Option<Id>,
    /// Whether the queue has stopped counting it.
    has_ended: bool,
}

impl<M: Connector, S: Statement<M::Connection>> Runner<M, S> {
    /// A runner that the queue has counted.
    pub fn of(shared: Arc<Shared<M, S>>, lane: Lane) -> Self {
        Self {
            shared,
            lane,
            waits_on: None,
            has_ended: false,
        }
    }

    /// Starts with this batch, or with the waiting requests if there is none.
    pub fn begin(mut self, permits: Permits, batch: Option<BatchOf<M, S>>) {
        let executor = self.shared.executor.clone();
        self.waits_on = None;
        executor.spawn(move || self.run(permits, batch));
    }

    /// Starts when a connection is free, with the requests that wait then.
    pub fn begin_later(mut self, runtime: &Handle) {
        self.waits_on = Some(runtime.id());
        let executor = self.shared.executor.clone();
        let among = self.shared.among();
        runtime.spawn(async move {
            // The semaphores are never closed. If the runtime stops, this future is dropped with the runner.
            if let Ok(permits) = executor.permits(among).await {
                self.begin(permits, None);
            }
        });
    }

    /// Executes batches, and blocks, until no request waits or other work waits for the connection.
    fn run(mut self, permits: Permits, first: Option<BatchOf<M, S>>) {
        let mut next = first.or_else(|| self.next_batch());
        while let Some(batch) = next {
            self.execute(batch);
            let most = self.shared.most_at_work(self.lane);
            self.has_ended = self.shared.lock().ends_as_surplus(self.lane, most);
            if self.has_ended {
                break;
            }
            if self.shared.executor.others_wait() {
                drop(permits);
                self.begin_again();
                return;
            }
            next = self.next_batch();
        }
        drop(permits);
    }

    /// Waits for a connection again, after the work that already waits for one.
    fn begin_again(mut self) {
        let runtime = self.shared.lock().runtime_or_end(self.lane);
        match runtime {
            Some(runtime) => self.begin_later(&runtime),
            None => self.has_ended = true,
        }
    }

    fn next_batch(&mut self) -> Option<BatchOf<M, S>> {
        let batch = self.shared.lock().take_or_end(self.lane, S::MOST);
        self.has_ended = batch.is_none();
        batch
    }

    fn execute(&self, batch: BatchOf<M, S>) {
        let Batch {
            number,
            keys,
            mut requests,
            read,
        } = batch;
        let (shared, lane) = (&self.shared, self.lane);
        let pool = &shared.executor.pool;
        if lane == Lane::Alone {
            // The next one must not wait for the lock that this one may wait for.
            shared.begin_if_needed(lane);
        }
        shared.metrics.batch(requests.len());
        let result = catch_unwind(AssertUnwindSafe(|| match shared.kind {
            Kind::Read => pool.read(&read, |connection| {
                shared.run(lane, connection, &mut requests)
            }),
            Kind::Change => pool.run(|connection| shared.run(lane, connection, &mut requests)),
        }));
        let left = match &result {
            Ok(Ok(())) => std::mem::take(&mut requests),
            _ => Vec::new(),
        };
        // A binding of its own, so that the lock is free when the requests are dropped.
        let abandoned = shared.lock().end_batch(number, &keys, left);
        drop(abandoned);
        // Requests to be sent alone were added, or requests with the same key as one of them may be sent now.
        shared.begin_if_needed(lane.other());
        match result {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                if failure.outcome_open {
                    shared.outlast(&mut requests);
                }
                fail_all(requests, failure.error);
            }
            Err(_) => fail_all(requests, StoreError::internal("the work panicked")),
        }
    }
}

impl<M: Connector, S: Statement<M::Connection>> Drop for Runner<M, S> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // A binding of its own, so that the lock is free when the requests are dropped.
        let (left, next) = self.shared.lock().end_early(self.lane, self.waits_on);
        drop(left);
        // Requests of other runtimes may wait.
        if let Some(runtime) = next {
            Self::of(Arc::clone(&self.shared), self.lane).begin_later(&runtime);
        }
        // Requests with the same key as one of those may be sent now. Not for the other lane: a runtime that stops drops its
        // runner at once, and the lanes would start each other without end.
        if self.lane == Lane::Alone {
            self.shared.begin_if_needed(Lane::Together);
        }
    }
}

impl<M: Connector, S: Statement<M::Connection>> Shared<M, S> {
    /// Answers the requests. Those that must be sent alone stay in `requests`. On an error `requests` has those without an
    /// answer: if the connection is lost, also those that were to be sent alone; otherwise a single one.
    fn run(
        &self,
        lane: Lane,
        connection: &mut M::Connection,
        requests: &mut Requests<M, S>,
    ) -> QueryResult<()> {
        requests.retain(|waiting| !waiting.is_abandoned());
        match lane {
            Lane::Together => self.run_together(connection, requests),
            Lane::Alone => self.run_alone(connection, requests),
        }
    }

    /// Answers one request after the other.
    fn run_alone(
        &self,
        connection: &mut M::Connection,
        requests: &mut Requests<M, S>,
    ) -> QueryResult<()> {
        while let Some(waiting) = requests.first() {
            let answer = self.statement.run_alone(connection, &waiting.request)?;
            requests.remove(0).answer(Ok(answer));
        }
        Ok(())
    }

    fn run_together(
        &self,
        connection: &mut M::Connection,
        requests: &mut Requests<M, S>,
    ) -> QueryResult<()> {
        if requests.is_empty() {
            return Ok(());
        }
        let asked: Vec<_> = requests.iter().map(|waiting| &waiting.request).collect();
        match self.statement.run(connection, &asked) {
            Ok(answers) => {
                *requests = answer_all(std::mem::take(requests), answers);
                Ok(())
            }
            Err(error) if requests.len() == 1 => Err(error),
            Err(error) if loses_connection(&error) || connection.is_broken() => Err(error),
            Err(_) => self.run_one_by_one(connection, requests),
        }
    }

    /// Executes each request alone, so that only a faulty one fails.
    fn run_one_by_one(
        &self,
        connection: &mut M::Connection,
        requests: &mut Requests<M, S>,
    ) -> QueryResult<()> {
        let mut left = std::mem::take(requests).into_iter();
        let mut alone = Vec::new();
        while let Some(waiting) = left.next() {
            let mut one = vec![waiting];
            let Err(error) = self.run(Lane::Together, connection, &mut one) else {
                alone.append(&mut one);
                continue;
            };
            if loses_connection(&error) || connection.is_broken() {
                requests.extend(alone.into_iter().chain(one).chain(left));
                return Err(error);
            }
            if leaves_outcome_open(&error) {
                self.outlast(&mut one);
            }
            fail_all(one, store_error(error));
        }
        *requests = alone;
        Ok(())
    }

    /// Keeps changes marked as not finished for as long as a server may still execute them after it was not heard of any
    /// more.
    fn outlast(&self, requests: &mut Requests<M, S>) {
        let Some(runtime) = requests.first().map(|waiting| waiting.runtime.clone()) else {
            return;
        };
        let changes: Vec<_> = requests
            .iter_mut()
            .filter_map(|waiting| waiting.change.take())
            .collect();
        let aftermath = self.executor.pool.aftermath();
        runtime.spawn(async move {
            tokio::time::sleep(aftermath).await;
            drop(changes);
        });
    }
}

/// Answers the requests, and returns those that must be sent alone.
fn answer_all<R, A>(requests: Vec<Waiting<R, A>>, answers: Answers<A>) -> Vec<Waiting<R, A>> {
    let mut left = Vec::new();
    for (waiting, answer) in requests.into_iter().zip(answers) {
        match answer {
            Some(answer) => waiting.answer(answer.map_err(store_error)),
            None => left.push(waiting),
        }
    }
    left
}

/// Answers all requests with this error.
fn fail_all<R, A>(mut requests: Vec<Waiting<R, A>>, error: StoreError) {
    let last = requests.pop();
    for waiting in requests {
        waiting.answer(Err(error.repeated()));
    }
    if let Some(last) = last {
        last.answer(Err(error));
    }
}
