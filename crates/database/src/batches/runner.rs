//! Carries out batches on one connection after the other, until nothing waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::QueryResult;
use diesel::r2d2::R2D2Connection;
use privet_application::StoreError;
use tokio::runtime::{Handle, Id};

use super::queue::{Batch, Waiting};
use super::{Answers, BatchOf, Kind, Shared, Statement};
use crate::errors::{loses_connection, store_error};
use crate::executor::{Connector, Permits};

type Requests<M, S> = Vec<
    Waiting<
        <S as Statement<<M as Connector>::Connection>>::Request,
        <S as Statement<<M as Connector>::Connection>>::Answer,
    >,
>;

/// One that takes batches. It is counted in the queue for as long as it lives.
pub(super) struct Runner<M: Connector, S: Statement<M::Connection>> {
    shared: Arc<Shared<M, S>>,
    /// Where it waits for a connection.
    waits_on: Option<Id>,
    /// Whether the queue counts it no more.
    has_ended: bool,
}

impl<M: Connector, S: Statement<M::Connection>> Runner<M, S> {
    /// The queue MUST have counted it.
    pub fn of(shared: Arc<Shared<M, S>>) -> Self {
        Self {
            shared,
            waits_on: None,
            has_ended: false,
        }
    }

    /// Begins with this batch, for which there are permits.
    pub fn begin(mut self, permits: Permits, batch: Option<BatchOf<M, S>>) {
        let executor = self.shared.executor.clone();
        self.waits_on = None;
        executor.spawn(move || self.run(permits, batch));
    }

    /// Begins as soon as a connection is free, with what waits by then.
    pub fn begin_later(mut self, runtime: &Handle) {
        self.waits_on = Some(runtime.id());
        let executor = self.shared.executor.clone();
        let among = self.shared.among();
        runtime.spawn(async move {
            // They are never closed. Where the runtime ends, the runner is dropped with this.
            if let Ok(permits) = executor.permits(among).await {
                self.begin(permits, None);
            }
        });
    }

    /// Blocks while there is something to do, and while nobody else waits for the connection.
    fn run(mut self, permits: Permits, first: Option<BatchOf<M, S>>) {
        let mut next = first.or_else(|| self.next_batch());
        while let Some(batch) = next {
            self.carry_out(batch);
            if self.shared.executor.others_wait() {
                drop(permits);
                self.begin_again();
                return;
            }
            next = self.next_batch();
        }
        drop(permits);
    }

    /// Waits for a connection behind those who wait for one already.
    fn begin_again(mut self) {
        let runtime = self.shared.lock().runtime_or_end();
        match runtime {
            Some(runtime) => self.begin_later(&runtime),
            None => self.has_ended = true,
        }
    }

    fn next_batch(&mut self) -> Option<BatchOf<M, S>> {
        let batch = self.shared.lock().take_or_end(S::MOST);
        self.has_ended = batch.is_none();
        batch
    }

    fn carry_out(&self, batch: BatchOf<M, S>) {
        let Batch {
            number,
            keys,
            mut requests,
            read,
        } = batch;
        let shared = &self.shared;
        let pool = &shared.executor.pool;
        shared.metrics.batch(requests.len());
        let result = catch_unwind(AssertUnwindSafe(|| match shared.kind {
            Kind::Read => pool.read(&read, |connection| shared.run(connection, &mut requests)),
            Kind::Change => pool.run(|connection| shared.run(connection, &mut requests)),
        }));
        let left = match &result {
            Ok(Ok(())) => std::mem::take(&mut requests),
            _ => Vec::new(),
        };
        shared.lock().end_batch(number, &keys, left);
        match result {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                if failure.connection_lost {
                    shared.outlast(&mut requests);
                }
                tell_all(requests, failure.error);
            }
            Err(_) => tell_all(requests, StoreError::internal("the work panicked")),
        }
    }
}

impl<M: Connector, S: Statement<M::Connection>> Drop for Runner<M, S> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // Bound first: the lock must be free where what waited is dropped.
        let (left, next) = self.shared.lock().end_early(self.waits_on);
        drop(left);
        // Others may wait on runtimes that go on.
        if let Some(runtime) = next {
            Self::of(Arc::clone(&self.shared)).begin_later(&runtime);
        }
    }
}

impl<M: Connector, S: Statement<M::Connection>> Shared<M, S> {
    /// Answers requests as far as it gets, and leaves those that go alone. Fails with those left over that are to be told
    /// why: because the connection is lost, or because there was but one.
    fn run(
        &self,
        connection: &mut M::Connection,
        requests: &mut Requests<M, S>,
    ) -> QueryResult<()> {
        requests.retain(|waiting| !waiting.is_abandoned());
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

    /// The fault may lie in one of the requests: only that one shall be told.
    fn run_one_by_one(
        &self,
        connection: &mut M::Connection,
        requests: &mut Requests<M, S>,
    ) -> QueryResult<()> {
        let mut left = std::mem::take(requests).into_iter();
        while let Some(waiting) = left.next() {
            let mut one = vec![waiting];
            if let Err(error) = self.run(connection, &mut one) {
                if loses_connection(&error) || connection.is_broken() {
                    requests.extend(one.into_iter().chain(left));
                    return Err(error);
                }
                tell_all(one, store_error(error));
            }
        }
        Ok(())
    }

    /// What was sent on a connection that is lost may be carried out for some time still.
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

/// Answers these requests, and hands back those that go alone.
fn answer_all<R, A>(requests: Vec<Waiting<R, A>>, answers: Answers<A>) -> Vec<Waiting<R, A>> {
    let is_alone = requests.len() == 1;
    let mut left = Vec::new();
    for (waiting, answer) in requests.into_iter().zip(answers) {
        match answer {
            Some(answer) => waiting.answer(answer.map_err(store_error)),
            None if is_alone => {
                let error = StoreError::internal("a statement left its only request unanswered");
                waiting.answer(Err(error));
            }
            None => left.push(waiting),
        }
    }
    left
}

fn tell_all<R, A>(mut requests: Vec<Waiting<R, A>>, error: StoreError) {
    let last = requests.pop();
    for waiting in requests {
        waiting.answer(Err(error.repeated()));
    }
    if let Some(last) = last {
        last.answer(Err(error));
    }
}
