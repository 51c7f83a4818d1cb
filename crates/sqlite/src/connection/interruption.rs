//! Cancels the statements of abandoned reads. This is the only `unsafe` code of Privet: Diesel gives no access to the
//! connection's pointer, which SQLite's C interface needs.
//!
//! SQLite calls each function that is registered as an automatic extension for each new connection. Ours registers a
//! progress handler, which SQLite calls every so many steps of a statement, on the thread that runs the statement. The
//! handler reads a flag of this thread. `sqlite3_interrupt` is not used: it would run on another thread, so that the
//! connection would have to outlive the call, and it could cancel the next statement.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

/// The number of steps of SQLite's virtual machine between two calls of the handler. They take less than a millisecond,
/// and are more than the read of a row needs.
const STEPS: i32 = 4_096;

thread_local! {
    /// The flag of the read that runs on this thread.
    static IS_ABANDONED: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Runs a read. Its statements fail after the flag is set.
pub(crate) fn run_unless_abandoned<T>(
    is_abandoned: &Arc<AtomicBool>,
    read: impl FnOnce() -> T,
) -> T {
    let _ends = Watched::begin(is_abandoned);
    read()
}

/// Removes the flag when it is dropped, even after a panic.
struct Watched;

impl Watched {
    fn begin(is_abandoned: &Arc<AtomicBool>) -> Self {
        IS_ABANDONED.set(Some(Arc::clone(is_abandoned)));
        Self
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        IS_ABANDONED.set(None);
    }
}

fn is_abandoned() -> bool {
    // The flag of a thread that is ending may be destroyed already.
    let flag = IS_ABANDONED.try_with(|flag| {
        let flag = flag.try_borrow().ok()?;
        flag.as_ref().map(|flag| flag.load(Ordering::Acquire))
    });
    matches!(flag, Ok(Some(true)))
}

/// Installs the handler on every connection that is opened from now on.
pub(crate) fn watch_new_connections() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(ffi::register);
}

#[expect(
    unsafe_code,
    reason = "no crate that works with Diesel's connections offers this"
)]
mod ffi {
    use std::ffi::{c_char, c_int, c_void};
    use std::ptr;

    use libsqlite3_sys::{
        SQLITE_OK, sqlite3, sqlite3_api_routines, sqlite3_auto_extension, sqlite3_progress_handler,
    };

    pub fn register() {
        // SAFETY: the function has the signature that SQLite expects and lives as long as the process.
        let status = unsafe { sqlite3_auto_extension(Some(watch)) };
        // It fails only if there is no memory. Then abandoned reads are not cancelled.
        debug_assert_eq!(status, SQLITE_OK);
    }

    /// Called by SQLite for each new connection.
    unsafe extern "C" fn watch(
        connection: *mut sqlite3,
        _: *mut *mut c_char,
        _: *const sqlite3_api_routines,
    ) -> c_int {
        // SAFETY: SQLite passes an open connection. The handler lives as long as the process, and does not use its
        // argument.
        unsafe {
            sqlite3_progress_handler(connection, super::STEPS, Some(is_to_stop), ptr::null_mut());
        }
        SQLITE_OK
    }

    /// SQLite calls it on the thread that runs a statement. It does not panic, and uses no connection.
    unsafe extern "C" fn is_to_stop(_: *mut c_void) -> c_int {
        c_int::from(super::is_abandoned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use diesel::prelude::*;
    use diesel::sql_types::BigInt;
    use privet_application::StoreError;
    use privet_database::{Executor, Threads};

    use crate::connection::ReadConnector;

    /// It would run for hours.
    const ENDLESS: &str = "WITH RECURSIVE endless(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM endless) \
                           SELECT count(*) AS number FROM endless";
    const SHORT: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(30);

    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }

    fn ask(connection: &mut SqliteConnection, sql: &str) -> QueryResult<i64> {
        let answer: Number = diesel::sql_query(sql).get_result(connection)?;
        Ok(answer.number)
    }

    /// An executor for one read at a time.
    fn one_reader(folder: &tempfile::TempDir, timeout: Duration) -> Executor<ReadConnector> {
        let path = folder.path().join("privet.db");
        let connector = ReadConnector::new(path.to_str().unwrap(), SHORT);
        let threads = Threads::new(1).unwrap();
        Executor::new("tests", connector, 1, timeout, threads)
    }

    async fn assert_is_free(executor: &Executor<ReadConnector>) {
        let begun = Instant::now();
        let ask = || executor.read(|connection| ask(connection, "SELECT 1 AS number"));
        while ask().await.is_err() {
            assert!(begun.elapsed() < LONG, "the read was not cancelled");
        }
    }

    #[tokio::test]
    async fn a_read_that_timed_out_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let executor = one_reader(&folder, SHORT);
        let error = executor.read(|connection| ask(connection, ENDLESS)).await;
        assert!(matches!(error, Err(StoreError::Unavailable(_))));
        assert_is_free(&executor).await;
    }

    #[tokio::test]
    async fn a_read_whose_caller_went_away_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let executor = one_reader(&folder, LONG);
        let read = executor.read(|connection| ask(connection, ENDLESS));
        assert!(tokio::time::timeout(SHORT, read).await.is_err());
        assert_is_free(&executor).await;
    }

    #[tokio::test]
    async fn the_second_statement_of_an_abandoned_read_is_stopped_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let executor = one_reader(&folder, SHORT);
        let read = executor.read(|connection| {
            std::thread::sleep(2 * SHORT);
            ask(connection, ENDLESS)
        });
        assert!(read.await.is_err());
        assert_is_free(&executor).await;
    }
}
