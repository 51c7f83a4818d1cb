//! Batches: requests that wait for the same statement are sent to the database together (decision 15).
//!
//! A request is sent at once if a connection is free, and no batch of its statement is in progress or [`Another`] lets another
//! one start. Otherwise it waits, and the next runner that is free sends all waiting requests, up to [`Statement::MOST`].
//! No request waits for others to come. A request that has to wait for a lock is sent again alone, beside the batches, and
//! so is another batch if those in progress are stuck.

mod lanes;
mod limits;
mod queue;
mod runner;
#[cfg(test)]
mod tests;
mod waiting;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use diesel::QueryResult;
use diesel::result::Error;
use privet_application::StoreError;
use privet_domain::UserId;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use crate::executor::abandonment::Caller;
use crate::executor::metrics::BatchMetrics;
use crate::executor::{Another, Connector, Executor, MostBatches};
use lanes::Lane;
use limits::Limits;
use queue::{Batch, Queue};
use runner::Runner;
use waiting::Waiting;

/// One answer for each request of a batch, in the order of the requests. `None` means that the request has to wait for a
/// lock, and is sent again with [`Statement::run_alone`].
pub type Answers<A> = Vec<Option<QueryResult<A>>>;

/// A statement that answers many requests with one call of the database.
pub trait Statement<C>: Send + Sync + 'static {
    /// The parameters of one request.
    type Request: Send + 'static;

    /// The result of one request.
    type Answer: Send + 'static;

    /// Its name in the metrics.
    const NAME: &'static str;

    /// The maximum total weight of the requests in a batch. A request that weighs more is sent alone.
    const MOST: usize;

    /// The weight of a request: its share of [`Self::MOST`].
    fn weight(request: &Self::Request) -> usize {
        let _ = request;
        1
    }

    /// Requests with the same key are sent one after the other, in the order of their submission. `None` for requests
    /// that may be sent in any order.
    fn key(request: &Self::Request) -> Option<UserId> {
        let _ = request;
        None
    }

    /// Whether a batch may wait for more than its own work, such as the locks of other transactions or the nodes of a
    /// distributed database. Such a statement has a limit of its own ([`MostBatches::of_waiting`]), and its requests do
    /// not wait for a batch in progress.
    fn waits(&self) -> bool {
        false
    }

    /// Answers one or more requests. MUST change nothing if it fails, because the requests are then tried one by one.
    fn run(
        &self,
        connection: &mut C,
        requests: &[&Self::Request],
    ) -> QueryResult<Answers<Self::Answer>>;

    /// Answers a request that [`Self::run`] did not answer, and waits for the locks that it needs. Statements that
    /// answer each request need none.
    fn run_alone(&self, connection: &mut C, request: &Self::Request) -> QueryResult<Self::Answer> {
        let _ = (connection, request);
        let message = format!("the statement {} left a request unanswered", Self::NAME);
        Err(Error::QueryBuilderError(message.into()))
    }
}

/// Whether a batch may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Repeated once if the connection is lost; cancelled when all its callers have given up.
    Read,
    /// Never repeated if the connection is lost, and never cancelled.
    Change,
}

type BatchOf<M, S> = Batch<
    <S as Statement<<M as Connector>::Connection>>::Request,
    <S as Statement<<M as Connector>::Connection>>::Answer,
    <M as Connector>::Session,
>;

/// The receiver of a request's result.
type Answered<A> = oneshot::Receiver<Result<A, StoreError>>;

/// Sends requests for one statement in batches. Cloning it is cheap.
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
    queue: Mutex<Queue<S::Request, S::Answer, M::Session>>,
    metrics: BatchMetrics,
}

impl<M: Connector, S: Statement<M::Connection>> Batches<M, S> {
    /// Batches of a statement that only reads.
    #[must_use]
    pub fn of_reads(executor: &Executor<M>, statement: S) -> Self {
        Self::new(executor, statement, Kind::Read)
    }

    /// Batches of a statement that changes rows. Each request is executed at most once.
    #[must_use]
    pub fn of_changes(executor: &Executor<M>, statement: S) -> Self {
        Self::new(executor, statement, Kind::Change)
    }

    fn new(executor: &Executor<M>, statement: S, kind: Kind) -> Self {
        Self(Arc::new(Shared {
            metrics: executor.metrics.of_batches(S::NAME),
            executor: executor.clone(),
            statement,
            kind,
            queue: Mutex::default(),
        }))
    }

    /// Sends the request, in a batch with others if it has to wait, and returns its result. If the caller gives up, by
    /// the timeout or by dropping the future, a request that was not sent yet is removed from the queue.
    pub async fn submit(&self, request: S::Request) -> Result<S::Answer, StoreError> {
        let shared = &self.0;
        let begun = Instant::now();
        let (mut submitted, answer) = shared.enqueue(request);
        let answered = shared.executor.within_timeout(begun, async {
            let answer = answer.await;
            submitted.is_over = true;
            // The sender is dropped only if the process stops before the request is sent.
            answer.unwrap_or_else(|_| Err(StoreError::unavailable("the process is stopping")))
        });
        let result = answered.await;
        if shared.kind == Kind::Change {
            shared.executor.note_change(&result);
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
        let begins = queue.begin_work(Lane::Together, self.limits(Lane::Together));
        let permits = begins.then(|| self.executor.try_permits(self.among().as_ref()));
        // With a free connection the request is sent at once, together with those that wait.
        let first = matches!(&permits, Some(Some(_))).then(|| queue.take(Lane::Together, S::MOST));
        let is_first_to_wait = permits.is_none() && queue.begin_watch();
        drop(queue);
        if is_first_to_wait {
            self.watch();
        }
        if let Some(permits) = permits {
            let runner = Runner::of(Arc::clone(self), Lane::Together);
            match permits {
                Some(permits) => runner.begin(permits, first.flatten()),
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

    /// The maximum number of batches that may wait for something: what waits must leave connections for the rest.
    fn most_waiting(&self, part: usize) -> usize {
        let executor = &self.executor;
        let share_of_pool = (executor.size / part).max(1);
        executor.most_batches.of_waiting.min(share_of_pool)
    }

    /// Starts a runner if requests of this lane wait for one.
    fn begin_if_needed(self: &Arc<Self>, lane: Lane) {
        self.begin_within(lane, self.limits(lane), self.lock());
    }

    /// The same for requests that have waited for a while. If no batch is in progress, its runner may wait for a connection
    /// on a busy runtime.
    fn begin_if_late(self: &Arc<Self>) {
        let (queue, mut limits) = (self.lock(), self.limits(Lane::Together));
        if !queue.has_batch(Lane::Together) {
            limits.another = Another::AT_ONCE;
        }
        self.begin_within(Lane::Together, limits, queue);
    }

    fn begin_within(
        self: &Arc<Self>,
        lane: Lane,
        limits: Limits,
        mut queue: MutexGuard<'_, Queue<S::Request, S::Answer, M::Session>>,
    ) {
        if queue.begin_work(lane, limits) {
            let runtime = queue.runtime_or_end(lane);
            drop(queue);
            if let Some(runtime) = runtime {
                Runner::of(Arc::clone(self), lane).begin_later(&runtime);
            }
        }
    }

    fn limits(&self, lane: Lane) -> Limits {
        let is_short = !self.statement.waits();
        Limits {
            most: self.most_at_work(lane),
            another: if is_short {
                self.executor.most_batches.another
            } else {
                Another::AT_ONCE
            },
        }
    }

    /// The maximum number of batches in progress.
    fn most_at_work(&self, lane: Lane) -> usize {
        let executor = &self.executor;
        let MostBatches {
            of_reads,
            of_changes,
            ..
        } = executor.most_batches;
        let most = match (self.kind, lane) {
            (_, Lane::Alone) => self.most_waiting(4),
            _ if self.statement.waits() => self.most_waiting(2),
            (Kind::Read, Lane::Together) => of_reads,
            (Kind::Change, Lane::Together) => of_changes,
        };
        most.min(match self.kind {
            Kind::Read => executor.most_reads,
            Kind::Change => executor.size,
        })
    }

    /// The semaphore that limits reads; `None` for changes.
    fn among(&self) -> Option<Arc<Semaphore>> {
        (self.kind == Kind::Read).then(|| Arc::clone(&self.executor.reads))
    }

    /// Removes a request whose caller gave up.
    fn leave(self: &Arc<Self>, number: u64) {
        let mut queue = self.lock();
        let withdrawn = queue.withdraw(number);
        let abandoned = queue.leave_batch(number);
        drop(queue);
        drop(withdrawn);
        // Requests with the same key may have waited for it.
        self.begin_if_needed(Lane::Together);
        // The last caller of the batch gave up: the statement is cancelled.
        drop(abandoned.map(|read| Caller::new(read, self.executor.stopper.clone())));
    }

    fn lock(&self) -> MutexGuard<'_, Queue<S::Request, S::Answer, M::Session>> {
        // The queue is consistent even if a thread panicked while it held the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A submitted request. Dropping it without an answer means that the caller gave up.
struct Submitted<'a, M: Connector, S: Statement<M::Connection>> {
    shared: &'a Arc<Shared<M, S>>,
    number: u64,
    /// Whether it was answered. Its batch may still be in progress then, and MUST NOT be cancelled.
    is_over: bool,
}

impl<M: Connector, S: Statement<M::Connection>> Drop for Submitted<'_, M, S> {
    fn drop(&mut self) {
        if !self.is_over {
            self.shared.leave(self.number);
        }
    }
}
