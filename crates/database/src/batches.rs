//! Requests that wait together are answered together: what waits for the same statement goes to the database as one batch.
//! `docs/decisions/0015-batches.md` says why.
//!
//! A request that finds a connection free goes at once, alone. While connections are at work, requests gather, and whoever
//! becomes free takes them all, up to a bound. There is no timer and no delay.

mod queue;
mod runner;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use diesel::QueryResult;
use privet_application::StoreError;
use privet_domain::UserId;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use crate::executor::abandonment::Caller;
use crate::executor::metrics::BatchMetrics;
use crate::executor::{Connector, Executor};
use queue::{Batch, Queue, Waiting};
use runner::Runner;

/// One answer for each request of a batch, in the order of the requests. `None` has the request run alone: it cannot be
/// answered without waiting for something that the others need not wait for.
pub type Answers<A> = Vec<Option<QueryResult<A>>>;

/// Work that answers many requests with one call of the database.
pub trait Statement<C>: Send + Sync + 'static {
    /// What a caller asks for.
    type Request: Send + 'static;

    /// What a caller is answered.
    type Answer: Send + 'static;

    /// What it is called in the metrics.
    const NAME: &'static str;

    /// The most that the requests of one batch weigh together. A request that weighs more goes alone.
    const MOST: usize;

    /// How much of [`Self::MOST`] a request takes.
    fn weight(request: &Self::Request) -> usize {
        let _ = request;
        1
    }

    /// Of the requests with the same key at most one is at the database at a time, in the order in which they were made.
    fn key(request: &Self::Request) -> Option<UserId> {
        let _ = request;
        None
    }

    /// Answers the requests, of which there is at least one. MUST leave nothing behind if it fails: the requests are then
    /// tried one by one. MUST answer a request that is alone.
    fn run(
        &self,
        connection: &mut C,
        requests: &[&Self::Request],
    ) -> QueryResult<Answers<Self::Answer>>;
}

/// Whether what a batch asks for may be asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Repeated once if the connection is lost; stopped when all callers are gone.
    Read,
    /// Never repeated if the connection is lost, and never stopped.
    Change,
}

type BatchOf<M, S> = Batch<
    <S as Statement<<M as Connector>::Connection>>::Request,
    <S as Statement<<M as Connector>::Connection>>::Answer,
    <M as Connector>::Session,
>;

/// What a caller waits for.
type Answered<A> = oneshot::Receiver<Result<A, StoreError>>;

/// Makes batches of requests for one statement. Cloning it is cheap.
pub struct Batches<M: Connector, S: Statement<M::Connection>>(Arc<Shared<M, S>>);

impl<M: Connector, S: Statement<M::Connection>> Clone for Batches<M, S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<M: Connector, S: Statement<M::Connection>> {
    executor: Executor<M>,
    statement: S,
    kind: Kind,
    /// How many batches may be at the database at once: no more than there are connections for.
    most_at_work: usize,
    queue: Mutex<Queue<S::Request, S::Answer, M::Session>>,
    metrics: BatchMetrics,
}

impl<M: Connector, S: Statement<M::Connection>> Batches<M, S> {
    /// Batches of a statement that changes nothing.
    #[must_use]
    pub fn of_reads(executor: &Executor<M>, statement: S) -> Self {
        let most = executor.most_reads.min(executor.most_batches.of_reads);
        Self::new(executor, statement, Kind::Read, most)
    }

    /// Batches of a statement that changes something. Each request is carried out at most once.
    #[must_use]
    pub fn of_changes(executor: &Executor<M>, statement: S) -> Self {
        let most = executor.size.min(executor.most_batches.of_changes);
        Self::new(executor, statement, Kind::Change, most)
    }

    fn new(executor: &Executor<M>, statement: S, kind: Kind, most_at_work: usize) -> Self {
        Self(Arc::new(Shared {
            metrics: executor.metrics.of_batches(S::NAME),
            executor: executor.clone(),
            statement,
            kind,
            most_at_work,
            queue: Mutex::default(),
        }))
    }

    /// Has the request answered, in a batch with others if it has to wait. A caller who gives up waiting, because of the
    /// timeout or by dropping the future, withdraws the request unless it is at the database already.
    pub async fn submit(&self, request: S::Request) -> Result<S::Answer, StoreError> {
        let shared = &self.0;
        let begun = Instant::now();
        let (mut submitted, answer) = shared.enqueue(request);
        let answered = shared.executor.within_timeout(begun, async {
            let answer = answer.await;
            submitted.is_over = true;
            // Without an answer nobody was left to begin the work.
            answer.unwrap_or_else(|_| Err(StoreError::unavailable("the process is stopping")))
        });
        let result = answered.await;
        if shared.kind == Kind::Change {
            shared.executor.room.note(&result);
        }
        result
    }
}

impl<M: Connector, S: Statement<M::Connection>> Shared<M, S> {
    fn enqueue(
        self: &Arc<Self>,
        request: S::Request,
    ) -> (Submitted<'_, M, S>, Answered<S::Answer>) {
        let (sender, answer) = oneshot::channel();
        let change = (self.kind == Kind::Change).then(|| self.executor.changes.begin());
        let waiting = Waiting {
            number: 0,
            key: S::key(&request),
            weight: S::weight(&request),
            request,
            answer: sender,
            change,
            runtime: Handle::current(),
            counted: Some(self.executor.metrics.waiting()),
        };
        let mut queue = self.lock();
        let number = queue.push(waiting);
        let begins = queue.begin_work(self.most_at_work);
        let permits = begins.then(|| self.executor.try_permits(self.among().as_ref()));
        // What finds a connection free goes at once and alone.
        let alone = matches!(&permits, Some(Some(_))).then(|| queue.take_one());
        drop(queue);
        if let Some(permits) = permits {
            let runner = Runner::of(Arc::clone(self));
            match permits {
                Some(permits) => runner.begin(permits, alone.flatten()),
                None => runner.begin_later(&Handle::current()),
            }
        }
        let submitted = Submitted {
            shared: self,
            number,
            is_over: false,
        };
        (submitted, answer)
    }

    /// What bounds how many batches of this kind may be at work.
    fn among(&self) -> Option<Arc<Semaphore>> {
        (self.kind == Kind::Read).then(|| Arc::clone(&self.executor.reads))
    }

    /// Nobody waits for the answer to this request any more.
    fn leave(&self, number: u64) {
        let mut queue = self.lock();
        let withdrawn = queue.withdraw(number);
        let abandoned = queue.leave_batch(number);
        drop(queue);
        drop(withdrawn);
        // The last caller of a batch is gone.
        drop(abandoned.map(|read| Caller::new(read, self.executor.stopper.clone())));
    }

    fn lock(&self) -> MutexGuard<'_, Queue<S::Request, S::Answer, M::Session>> {
        // What it guards is whole at any time.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request whose caller waits for the answer for as long as this lives.
struct Submitted<'a, M: Connector, S: Statement<M::Connection>> {
    shared: &'a Shared<M, S>,
    number: u64,
    /// Whether it was answered. Its batch may not have ended yet, and MUST NOT be stopped.
    is_over: bool,
}

impl<M: Connector, S: Statement<M::Connection>> Drop for Submitted<'_, M, S> {
    fn drop(&mut self) {
        if !self.is_over {
            self.shared.leave(self.number);
        }
    }
}
