//! Limits of work in progress, timeouts, and lost connections.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{Connection, SqliteConnection};

use super::*;
use crate::NoStopper;

pub(crate) const SHORT: Duration = Duration::from_millis(200);
pub(crate) const LONG: Duration = Duration::from_secs(10);

/// How long a change may still take effect after its connection was lost.
pub(crate) const AFTERMATH: Duration = Duration::from_millis(400);

/// Fails this number of times, then connects to an in-memory database.
pub(crate) struct InMemory {
    failures: AtomicU32,
}

impl Connector for InMemory {
    type Connection = SqliteConnection;
    type Session = ();
    type Stopper = NoStopper;

    const MAX_LIFETIME: Option<Duration> = None;

    fn connect(&self) -> Result<(SqliteConnection, ()), StoreError> {
        let failures = self.failures.load(Ordering::Relaxed);
        if failures > 0 {
            self.failures.store(failures - 1, Ordering::Relaxed);
            return Err(StoreError::unavailable("away"));
        }
        let connection = SqliteConnection::establish(":memory:").map_err(StoreError::internal)?;
        Ok((connection, ()))
    }

    fn aftermath(&self) -> Duration {
        AFTERMATH
    }
}

fn executor(failures: u32, timeout: Duration) -> Executor<InMemory> {
    executor_of(1, failures, timeout)
}

pub(crate) fn executor_of(size: u32, failures: u32, timeout: Duration) -> Executor<InMemory> {
    let failures = AtomicU32::new(failures);
    let threads = Threads::new(size as usize).unwrap();
    Executor::new("tests", InMemory { failures }, size, timeout, threads)
}

pub(crate) fn lost() -> Error {
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
    eventually(async || executor.read(|_| Ok(())).await).await;
}

#[tokio::test]
async fn a_change_gets_a_connection_while_the_maximum_number_of_reads_is_under_way() {
    let executor = executor_of(2, 0, SHORT).with_reads(1);
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
    eventually(async || executor.read(|_| Ok(())).await).await;
}

#[tokio::test]
async fn a_failed_connection_attempt_is_reported_at_once_and_repeated_by_the_next_call() {
    let executor = executor(1, LONG);
    let error = executor.read(|_| Ok(())).await.unwrap_err();
    assert!(error.to_string().ends_with("away"), "{error}");
    executor.read(|_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn a_read_is_repeated_after_a_lost_connection_and_a_change_is_not() {
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
    // The table was in the memory of the closed connection.
    executor.write(create).await.unwrap();
}

/// A change that has timed out, and still runs until the test sends a signal.
async fn stuck(executor: &Executor<InMemory>) -> std::sync::mpsc::Sender<()> {
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let write = executor.write(move |_| {
        let _ = wait.recv();
        Ok(())
    });
    assert!(matches!(write.await, Err(StoreError::Unavailable(_))));
    go_on
}

/// Calls until the call succeeds.
async fn eventually(call: impl AsyncFn() -> Result<(), StoreError>) {
    let begun = Instant::now();
    while let Err(error) = call().await {
        assert!(begun.elapsed() < LONG, "{error}");
    }
}

pub(crate) async fn assert_unsettled(settled: impl Future<Output = ()>) {
    let early = tokio::time::timeout(SHORT, settled).await;
    assert!(early.is_err(), "a change is still under way");
}

pub(crate) async fn assert_settles(settled: impl Future<Output = ()>) {
    let settled = tokio::time::timeout(LONG, settled).await;
    settled.expect("nothing is under way any more");
}

#[tokio::test]
async fn settled_waits_for_changes_that_timed_out() {
    let executor = executor(0, SHORT);
    let go_on = stuck(&executor).await;
    let mut settled = std::pin::pin!(executor.settled());
    assert_unsettled(settled.as_mut()).await;
    go_on.send(()).unwrap();
    assert_settles(settled).await;
}

#[tokio::test]
async fn settled_occupies_no_connection() {
    let executor = executor_of(3, 0, SHORT);
    let go_on = stuck(&executor).await;
    let mut settled = std::pin::pin!(as_if_retried(&executor));
    assert_unsettled(settled.as_mut()).await;
    for _ in 0..10 {
        eventually(async || executor.read(|_| Ok(())).await).await;
        eventually(async || executor.write(|_| Ok(())).await).await;
    }
    assert_unsettled(settled.as_mut()).await;
    go_on.send(()).unwrap();
    assert_settles(settled).await;
}

/// Each retry of a change waits once.
async fn as_if_retried(executor: &Executor<InMemory>) {
    tokio::join!(executor.settled(), executor.settled(), executor.settled());
}

#[tokio::test]
async fn settled_does_not_wait_for_later_changes() {
    let executor = executor_of(2, 0, SHORT);
    let first = stuck(&executor).await;
    let mut settled = std::pin::pin!(executor.settled());
    assert_unsettled(settled.as_mut()).await;
    let later = stuck(&executor).await;
    first.send(()).unwrap();
    assert_settles(settled).await;
    assert_unsettled(executor.settled()).await;
    later.send(()).unwrap();
    assert_settles(executor.settled()).await;
}

#[tokio::test]
async fn a_change_with_a_lost_connection_is_under_way_until_the_aftermath_has_passed() {
    let executor = executor(0, LONG);
    let begun = Instant::now();
    assert!(executor.write(|_| Err::<(), _>(lost())).await.is_err());
    // The connection is free again at once.
    executor.write(|_| Ok(())).await.unwrap();
    assert_settles(executor.settled()).await;
    assert!(begun.elapsed() >= AFTERMATH, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_change_that_was_refused_is_over() {
    let executor = executor(0, LONG);
    assert!(
        executor
            .write(|_| Err::<(), _>(Error::NotFound))
            .await
            .is_err()
    );
    let settled = tokio::time::timeout(Duration::ZERO, executor.settled());
    settled.await.expect("nothing is under way");
}

#[test]
fn a_runtime_can_end_while_unbounded_work_goes_on() {
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let work = run_unbounded("tests", move || {
            let _ = wait.recv();
            Ok(())
        });
        assert!(tokio::time::timeout(SHORT, work).await.is_err());
    });
    // With a blocking thread of the runtime, this would wait.
    drop(runtime);
    drop(go_on);
}

#[tokio::test]
async fn unbounded_work_that_panics_is_internal() {
    let panicking = run_unbounded("tests", || -> Result<(), StoreError> {
        panic!("on purpose")
    });
    let error = panicking.await.unwrap_err();
    assert!(matches!(error, StoreError::Internal(_)), "{error}");
}
