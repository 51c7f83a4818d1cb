//! Runs synchronous database work off the HTTP workers, in bounded numbers and within a bounded time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use privet_application::StoreError;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::meters::{Meters, Raised};
use crate::pool::{Connector, Failure, Pool};
use crate::threads::Threads;

/// Nothing came back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {} ms", .0.as_millis())]
struct TimedOut(Duration);

/// Runs work on the connections of one pool. Cloning it is cheap.
pub struct Executor<M: Connector> {
    pool: Arc<Pool<M>>,
    permits: Arc<Semaphore>,
    /// How many reads may be under way at once.
    reads: Arc<Semaphore>,
    /// How many permits there are.
    size: usize,
    threads: Threads,
    timeout: Duration,
    meters: Arc<Meters>,
}

impl<M: Connector> Clone for Executor<M> {
    fn clone(&self) -> Self {
        Self {
            pool: Arc::clone(&self.pool),
            permits: Arc::clone(&self.permits),
            reads: Arc::clone(&self.reads),
            size: self.size,
            threads: self.threads.clone(),
            timeout: self.timeout,
            meters: Arc::clone(&self.meters),
        }
    }
}

impl<M: Connector> Executor<M> {
    /// An executor of at most `size` connections, none of them made yet. A call that takes longer than
    /// `timeout`, waiting included, is [`StoreError::Unavailable`]. Among all executors that share
    /// `threads` there must be one for each connection. `name` tells its pool from others in the metrics.
    #[must_use]
    pub fn new(
        name: &'static str,
        connector: M,
        size: u32,
        timeout: Duration,
        threads: Threads,
    ) -> Self {
        let meters = Arc::new(Meters::new(name, size));
        let permits = usize::try_from(size.max(1)).unwrap_or(Semaphore::MAX_PERMITS);
        let permits = permits.min(Semaphore::MAX_PERMITS);
        Self {
            pool: Arc::new(Pool::new(
                connector,
                size,
                timeout,
                &threads,
                Arc::clone(&meters),
            )),
            permits: Arc::new(Semaphore::new(permits)),
            reads: Arc::new(Semaphore::new(permits)),
            size: permits,
            threads,
            timeout,
            meters,
        }
    }

    /// Lets at most so many reads be under way at once, and leaves the other connections to changes. A
    /// change waits for the disk most of its time, and many together cost the disk no more than one; a
    /// read takes a core, and beyond what cores there are each only waits for the others.
    #[must_use]
    pub fn with_reads(self, most: u32) -> Self {
        let most = usize::try_from(most.max(1)).unwrap_or(self.size);
        Self {
            reads: Arc::new(Semaphore::new(most.min(self.size))),
            ..self
        }
    }

    /// Runs work that changes nothing; once more if its connection turns out to be dead.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut M::Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let twice = move |pool: &Pool<M>| match pool.run(&work) {
            Err(failure) if failure.connection_lost => pool.run_again(&work),
            result => result,
        };
        self.run(Some(Arc::clone(&self.reads)), twice).await
    }

    /// Runs a change, at most once: where a connection is lost under it nobody knows whether it was
    /// made, and making it again could make it twice.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut M::Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(None, move |pool| pool.run(work)).await
    }

    /// Returns once no work that was begun before is under way any more, however long that takes: a
    /// call that timed out has left its work behind.
    pub async fn settled(&self) {
        let all = u32::try_from(self.size).unwrap_or(u32::MAX);
        // Closed it never is.
        drop(self.permits.acquire_many(all).await);
    }

    async fn run<T: Send + 'static>(
        &self,
        among: Option<Arc<Semaphore>>,
        work: impl FnOnce(&Pool<M>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let pool = Arc::clone(&self.pool);
        let begun = Instant::now();
        let running = async move {
            let permits = self.permits(among).await;
            let permits = permits.map_err(StoreError::unavailable)?;
            let running = self.threads.handle().spawn_blocking(move || {
                let result = work(&pool).map_err(|failure| failure.error);
                // Only now: a database that answers nobody holds as many threads as there are
                // permits, however many callers have given up waiting.
                drop(permits);
                result
            });
            finished(running).await
        };
        let Ok(result) = tokio::time::timeout(self.timeout, running).await else {
            self.meters.timed_out(begun.elapsed());
            return Err(StoreError::unavailable(TimedOut(self.timeout)));
        };
        self.meters.answered(&result, begun.elapsed());
        result
    }

    /// Waits until something may be at work, and `among` others of its kind where that is bounded: here,
    /// where waiting is cheap, and not as a thread in the pool's queue.
    async fn permits(&self, among: Option<Arc<Semaphore>>) -> Result<Permits, AcquireError> {
        let among = match among {
            Some(among) => Some(self.permit(among).await?),
            None => None,
        };
        let one = self.permit(Arc::clone(&self.permits)).await?;
        Ok((among, one, self.meters.at_work()))
    }

    async fn permit(&self, of: Arc<Semaphore>) -> Result<OwnedSemaphorePermit, AcquireError> {
        if let Ok(permit) = Arc::clone(&of).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = self.meters.waiting();
        of.acquire_owned().await
    }
}

/// What whoever is at work holds.
type Permits = (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit, Raised);

/// Runs synchronous work off the HTTP workers for as long as it takes.
pub async fn run_unbounded<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    finished(tokio::task::spawn_blocking(work)).await
}

async fn finished<T>(running: JoinHandle<Result<T, StoreError>>) -> Result<T, StoreError> {
    match running.await {
        Ok(result) => result,
        // The process is stopping; the work was never begun.
        Err(error) if error.is_cancelled() => Err(StoreError::unavailable(error)),
        Err(error) => Err(StoreError::internal(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use diesel::connection::SimpleConnection;
    use diesel::result::{DatabaseErrorKind, Error};
    use diesel::{Connection, SqliteConnection};

    use super::*;

    const SHORT: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(10);

    /// Fails as often as it is told to, then connects to a database in memory.
    struct InMemory {
        failures: AtomicU32,
    }

    impl Connector for InMemory {
        type Connection = SqliteConnection;

        const MAX_LIFETIME: Option<Duration> = None;

        fn connect(&self) -> Result<SqliteConnection, StoreError> {
            let failures = self.failures.load(Ordering::Relaxed);
            if failures > 0 {
                self.failures.store(failures - 1, Ordering::Relaxed);
                return Err(StoreError::unavailable("away"));
            }
            SqliteConnection::establish(":memory:").map_err(StoreError::internal)
        }
    }

    fn executor(failures: u32, timeout: Duration) -> Executor<InMemory> {
        let failures = AtomicU32::new(failures);
        let threads = Threads::new(1).unwrap();
        Executor::new("tests", InMemory { failures }, 1, timeout, threads)
    }

    fn lost() -> Error {
        let information = Box::new("server closed the connection".to_owned());
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, information)
    }

    #[tokio::test]
    async fn a_call_that_takes_too_long_is_unavailable_and_keeps_its_permit_until_it_ends() {
        let executor = executor(0, SHORT);
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let slow = executor.write(move |_| {
            let _ = wait.recv();
            Ok(())
        });
        assert!(matches!(slow.await, Err(StoreError::Unavailable(_))));
        let waiting = executor.read(|_| Ok(())).await;
        assert!(matches!(waiting, Err(StoreError::Unavailable(_))));
        go_on.send(()).unwrap();
        executor.settled().await;
        executor.read(|_| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_change_finds_a_connection_while_as_many_reads_as_may_be_are_under_way() {
        let threads = Threads::new(2).unwrap();
        let failures = AtomicU32::new(0);
        let executor =
            Executor::new("test", InMemory { failures }, 2, SHORT, threads).with_reads(1);
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let slow = executor.read(move |_| {
            let _ = wait.lock().unwrap().recv();
            Ok(())
        });
        assert!(matches!(slow.await, Err(StoreError::Unavailable(_))));
        let another = executor.read(|_| Ok(())).await;
        assert!(matches!(another, Err(StoreError::Unavailable(_))));
        executor.write(|_| Ok(())).await.unwrap();
        go_on.send(()).unwrap();
        executor.settled().await;
        executor.read(|_| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_cannot_be_made_is_told_at_once_and_tried_again_by_the_next_call() {
        let executor = executor(1, LONG);
        let error = executor.read(|_| Ok(())).await.unwrap_err();
        assert!(error.to_string().ends_with("away"), "{error}");
        executor.read(|_| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_read_under_which_the_connection_was_lost_is_done_again_and_a_change_is_not() {
        let executor = executor(0, LONG);
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        let fails_at_first =
            move |_: &mut SqliteConnection| match counted.fetch_add(1, Ordering::Relaxed) {
                0 => Err(lost()),
                _ => Ok(()),
            };
        executor.read(fails_at_first).await.unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 2);

        let error = executor.write(|_| Err::<(), _>(lost())).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }

    #[tokio::test]
    async fn a_panic_is_internal_and_its_connection_is_not_used_again() {
        let executor = executor(0, LONG);
        let create = |connection: &mut SqliteConnection| {
            connection.batch_execute("CREATE TABLE known (id INTEGER)")
        };
        executor.write(create).await.unwrap();
        let panicking = executor.write(|_| -> QueryResult<()> { panic!("on purpose") });
        let error = panicking.await.unwrap_err();
        assert!(matches!(error, StoreError::Internal(_)), "{error}");
        // The table was in the memory of a connection that is gone.
        executor.write(create).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_settled_has_no_work_left_that_timed_out() {
        let executor = executor(0, SHORT);
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let write = executor.write(move |_| {
            let _ = wait.recv();
            Ok(())
        });
        assert!(matches!(write.await, Err(StoreError::Unavailable(_))));
        let mut settled = std::pin::pin!(executor.settled());
        let early = tokio::time::timeout(SHORT, settled.as_mut()).await;
        assert!(early.is_err(), "the work is still under way");
        go_on.send(()).unwrap();
        tokio::time::timeout(LONG, settled).await.unwrap();
    }
}
