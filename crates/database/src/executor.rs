//! Runs blocking database work outside the HTTP workers, with limits on concurrency and time.

pub(crate) mod abandonment;
pub(crate) mod metrics;
mod permits;
mod pool;
mod room;
#[cfg(test)]
pub(crate) mod tests;
mod threads;
pub(crate) mod under_way;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use privet_application::changes::ChangeSignal;
use privet_application::{StoreError, UnavailableReason};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use abandonment::{Caller, Read};
use metrics::Metrics;
use pool::{Failure, Pool};
use room::Room;
use under_way::UnderWay;

pub use abandonment::{NoStopper, StopStatement};
pub(crate) use permits::Permits;
pub use pool::Connector;
pub use threads::Threads;

/// The maximum number of batches of one statement in progress. With fewer batches each has more requests, and the
/// database needs less CPU time for each request (decision 15).
#[derive(Debug, Clone, Copy)]
pub struct MostBatches {
    /// Of a statement that reads.
    pub of_reads: usize,
    /// Of a statement that changes rows.
    pub of_changes: usize,
    /// Of a statement that waits for locks or for other servers, but at most half of the connections; and of requests
    /// that are sent alone, but at most a quarter of the connections.
    pub of_waiting: usize,
    /// When another one starts within these limits.
    pub another: Another,
}

/// When another batch starts beside one in progress: otherwise the requests wait for the next batch, which costs the
/// database less. It also starts if the one in progress is heavy.
#[derive(Debug, Clone, Copy)]
pub struct Another {
    /// When at least so many requests wait, whatever they weigh.
    pub from: usize,
    /// When the one in progress takes longer. Requests that wait already notice it up to 2 ms later.
    pub after: Duration,
}

impl Another {
    /// As soon as a request waits.
    pub const AT_ONCE: Self = Self {
        from: 1,
        after: Duration::ZERO,
    };
}

impl MostBatches {
    const UNBOUNDED: Self = Self {
        of_reads: usize::MAX,
        of_changes: usize::MAX,
        of_waiting: usize::MAX,
        another: Another::AT_ONCE,
    };
}

/// Half the number of cores that the process may use, rounded up; at least 1.
#[must_use]
pub fn half_of_cores() -> usize {
    let cores = std::thread::available_parallelism();
    cores.map_or(1, |cores| cores.get().div_ceil(2))
}

/// There was no answer before the timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {} ms", .0.as_millis())]
struct TimedOut(Duration);

/// Runs work on the connections of one pool. Cloning it is cheap.
pub struct Executor<M: Connector> {
    pub(crate) pool: Arc<Pool<M>>,
    permits: Arc<Semaphore>,
    /// Limits the number of reads in progress.
    pub(crate) reads: Arc<Semaphore>,
    /// The number of permits in `reads`.
    pub(crate) most_reads: usize,
    /// The number of permits in `permits`.
    pub(crate) size: usize,
    pub(crate) most_batches: MostBatches,
    /// The number of tasks that wait for a permit.
    waiting: Arc<AtomicUsize>,
    pub(crate) changes: UnderWay,
    /// Told of every change that was stored.
    pub(crate) signal: ChangeSignal,
    threads: Threads,
    timeout: Duration,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stopper: Option<Arc<M::Stopper>>,
    pub(crate) room: Arc<Room>,
}

impl<M: Connector> Clone for Executor<M> {
    fn clone(&self) -> Self {
        Self {
            pool: Arc::clone(&self.pool),
            permits: Arc::clone(&self.permits),
            reads: Arc::clone(&self.reads),
            most_reads: self.most_reads,
            size: self.size,
            most_batches: self.most_batches,
            waiting: Arc::clone(&self.waiting),
            changes: self.changes.clone(),
            signal: self.signal.clone(),
            threads: self.threads.clone(),
            timeout: self.timeout,
            metrics: Arc::clone(&self.metrics),
            stopper: self.stopper.clone(),
            room: Arc::clone(&self.room),
        }
    }
}

impl<M: Connector> Executor<M> {
    /// An executor with at most `size` connections, which are opened when needed. A call that takes longer than
    /// `timeout`, including the time that it waits for a connection, is [`StoreError::Unavailable`]. All executors that
    /// share `threads` MUST together have at most as many connections as there are threads. `name` identifies the pool
    /// in the metrics.
    #[must_use]
    pub fn new(
        name: &'static str,
        connector: M,
        size: u32,
        timeout: Duration,
        threads: Threads,
    ) -> Self {
        let metrics = Arc::new(Metrics::new(name, size));
        let permits = usize::try_from(size.max(1)).unwrap_or(Semaphore::MAX_PERMITS);
        let permits = permits.min(Semaphore::MAX_PERMITS);
        Self {
            pool: Arc::new(Pool::new(
                connector,
                size,
                timeout,
                &threads,
                Arc::clone(&metrics),
            )),
            permits: Arc::new(Semaphore::new(permits)),
            reads: Arc::new(Semaphore::new(permits)),
            most_reads: permits,
            size: permits,
            most_batches: MostBatches::UNBOUNDED,
            waiting: Arc::default(),
            changes: UnderWay::new(),
            signal: ChangeSignal::default(),
            threads,
            timeout,
            metrics,
            stopper: None,
            room: Arc::default(),
        }
    }

    /// Sets the stopper, which cancels the statements of abandoned reads.
    #[must_use]
    pub fn with_stopper(self, stopper: M::Stopper) -> Self {
        Self {
            stopper: Some(Arc::new(stopper)),
            ..self
        }
    }

    /// Limits the number of reads in progress, and reserves the other connections for changes. A change spends most of
    /// its time waiting for the disk, and several commits together cost the disk no more than one. A read needs CPU
    /// time, so that more reads than cores only wait for each other.
    #[must_use]
    pub fn with_reads(self, most: u32) -> Self {
        let most = usize::try_from(most.max(1)).unwrap_or(self.size);
        let most = most.min(self.size);
        Self {
            reads: Arc::new(Semaphore::new(most)),
            most_reads: most,
            ..self
        }
    }

    /// Limits the batches of one statement in progress.
    #[must_use]
    pub fn with_most_batches(self, most_batches: MostBatches) -> Self {
        Self {
            most_batches,
            ..self
        }
    }

    /// Runs work that changes nothing. It is repeated once if its connection was lost. It is cancelled if the caller
    /// gives up, by the timeout or by dropping the future.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut M::Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let read = Read::new();
        let _caller = Caller::new(Arc::clone(&read), self.stopper.clone());
        let run = move |pool: &Pool<M>| pool.read(&read, work);
        self.run(Some(Arc::clone(&self.reads)), run).await
    }

    /// Runs a change at most once. If the connection is lost, it is unknown whether the server executed the change, and
    /// a repetition could execute it twice.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut M::Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (change, here) = (self.changes.begin(), Handle::current());
        let once = move |pool: &Pool<M>| {
            let result = pool.run(work);
            if matches!(&result, Err(failure) if failure.outcome_open) {
                here.spawn(change.outlast(pool.aftermath()));
            }
            result
        };
        let result = self.run(None, once).await;
        self.note_change(&result);
        result
    }

    /// Notes the result of a change that has ended.
    pub(crate) fn note_change<T>(&self, result: &Result<T, StoreError>) {
        self.room.note(result);
        if result.is_ok() {
            self.signal.stored();
        }
    }

    /// The signal of the changes that this executor has stored.
    #[must_use]
    pub fn signal(&self) -> ChangeSignal {
        self.signal.clone()
    }

    /// Whether the last change was refused, a short time ago, because the disk is full.
    #[must_use]
    pub fn found_no_room(&self) -> bool {
        self.room.was_lacking()
    }

    /// Waits until no change that began before this call can take effect any more. There is no time limit: the work of
    /// a call that timed out may still run, and a server may not have noticed that a connection was lost. It takes no
    /// permit, so that it delays no other call.
    pub async fn settled(&self) {
        self.changes.settled().await;
    }

    async fn run<T: Send + 'static>(
        &self,
        among: Option<Arc<Semaphore>>,
        work: impl FnOnce(&Pool<M>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let pool = Arc::clone(&self.pool);
        let running = async move {
            let permits = if let Some(permits) = self.try_permits(among.as_ref()) {
                permits
            } else {
                let _waiting = self.metrics.waiting();
                let permits = self.permits(among).await;
                permits.map_err(StoreError::unavailable)?
            };
            let running = self.spawn(move || {
                let result = work(&pool).map_err(|failure| failure.error);
                // The permit is released only here, when the work has ended. So if the database does not answer, the
                // blocked threads are at most as many as the permits, however many callers have given up.
                drop(permits);
                result
            });
            finished(running).await
        };
        self.within_timeout(Instant::now(), running).await
    }

    /// Runs blocking work on a thread of the pool. The caller MUST have [`Permits`].
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.threads.handle().spawn_blocking(work)
    }

    /// The answer, or an error after the timeout. Both are counted in the metrics.
    pub(crate) async fn within_timeout<T>(
        &self,
        begun: Instant,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Ok(result) = tokio::time::timeout(self.timeout, answer).await else {
            self.metrics.timed_out(begun.elapsed());
            let error = TimedOut(self.timeout);
            return Err(StoreError::unavailable_because(
                UnavailableReason::Timeout,
                error,
            ));
        };
        self.metrics.answered(&result, begun.elapsed());
        result
    }
}

/// Runs blocking work outside the HTTP workers, without a time limit, in a thread of its own that is called `name`. A
/// runtime waits for its blocking threads when it ends, and the work may never end, so that the process could not stop.
pub async fn run_unbounded<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, answered) = oneshot::channel();
    let work = move || {
        // The caller may have given up.
        let _ = answer.send(work());
    };
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map_err(StoreError::internal)?;
    answered.await.map_err(StoreError::internal)?
}

async fn finished<T>(running: JoinHandle<Result<T, StoreError>>) -> Result<T, StoreError> {
    match running.await {
        Ok(result) => result,
        // The process is stopping, and the work was not started.
        Err(error) if error.is_cancelled() => Err(StoreError::unavailable(error)),
        Err(error) => Err(StoreError::internal(error)),
    }
}
