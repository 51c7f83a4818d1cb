//! Stops the statements of reads that nobody waits for any more. The only `unsafe` code of Privet: Diesel does not
//! hand out the connection that SQLite's C interface takes.
//!
//! SQLite calls every function registered as an automatic extension for each new connection, and what that
//! registers as a progress handler every so many steps of a statement, on the thread that runs it. The handler
//! looks at a flag of this thread. `sqlite3_interrupt` from another thread would need the connection to outlive the
//! call, and could reach the statement after the one that is meant.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

/// How many steps of SQLite's virtual machine there are between two looks: less than a millisecond, and more than
/// reading a row takes.
const STEPS: i32 = 4_096;

thread_local! {
    /// The flag of the read that runs on this thread.
    static IS_ABANDONED: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Runs a read whose statements fail once the flag is set.
pub(crate) fn run_unless_abandoned<T>(
    is_abandoned: &Arc<AtomicBool>,
    read: impl FnOnce() -> T,
) -> T {
    let _ends = Watched::begin(is_abandoned);
    read()
}

/// Takes the flag away in the end, after a panic too.
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
    // A thread that is ending has no flag any more.
    let flag = IS_ABANDONED.try_with(|flag| {
        let flag = flag.try_borrow().ok()?;
        flag.as_ref().map(|flag| flag.load(Ordering::Acquire))
    });
    matches!(flag, Ok(Some(true)))
}

/// Has every connection that is opened from now on look at the flag of its thread.
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
        // It fails only for lack of memory. Reads are then answered all the same, and end by themselves.
        debug_assert_eq!(status, SQLITE_OK);
    }

    /// Called by SQLite for each new connection.
    unsafe extern "C" fn watch(
        connection: *mut sqlite3,
        _: *mut *mut c_char,
        _: *const sqlite3_api_routines,
    ) -> c_int {
        // SAFETY: SQLite passes a connection that is open; the handler lives as long as the process, and does not
        // look at its argument.
        unsafe {
            sqlite3_progress_handler(connection, super::STEPS, Some(is_to_stop), ptr::null_mut());
        }
        SQLITE_OK
    }

    /// Called by SQLite on the thread that runs a statement. Does not panic, and touches no connection.
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

    /// Would take hours.
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

    /// Readers of a file with room for one read at a time.
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
            assert!(begun.elapsed() < LONG, "the read goes on");
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
