//! Connections of three kinds: for reads, for writes, and for write tests.

pub(crate) mod file;
mod interruption;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::result::Error;
use diesel::{Connection, QueryResult, SqliteConnection};
use privet_application::StoreError;
use privet_database::errors::store_error;
use privet_database::{Connector, NoStopper};

/// SQLite runs in this process, so that a change ends when its call ends.
const NONE: Duration = Duration::ZERO;

/// Opens connections that cannot write.
#[derive(Clone)]
pub(crate) struct ReadConnector(Opening);

/// Opens connections that can write.
pub(crate) struct WriteConnector(Opening);

/// Opens connections for the write test of the health check.
pub(crate) struct TrialConnector(Opening);

/// Short, because a write lock that another connection holds shows that writing is possible.
const PATIENCE_OF_TRIALS: Duration = Duration::from_millis(100);

#[derive(Clone)]
struct Opening {
    path: String,
    /// How long to wait for a lock.
    patience: Duration,
}

impl ReadConnector {
    pub fn new(path: &str, patience: Duration) -> Self {
        Self(Opening::new(path, patience))
    }
}

impl WriteConnector {
    pub fn new(path: &str, patience: Duration) -> Self {
        Self(Opening::new(path, patience))
    }
}

impl TrialConnector {
    pub fn new(path: &str) -> Self {
        Self(Opening::new(path, PATIENCE_OF_TRIALS))
    }
}

impl Connector for ReadConnector {
    type Connection = SqliteConnection;
    type Session = ();
    type Stopper = NoStopper;

    const MAX_LIFETIME: Option<Duration> = None;

    fn connect(&self) -> Result<(SqliteConnection, ()), StoreError> {
        // The pages are in the page cache of the operating system. The cache of a reading connection needs to hold only
        // the upper pages of the indexes.
        self.0
            .open("PRAGMA query_only = ON; PRAGMA cache_size = -256")
    }

    fn run_unless_abandoned<T>(is_abandoned: &Arc<AtomicBool>, read: impl FnOnce() -> T) -> T {
        interruption::run_unless_abandoned(is_abandoned, read)
    }

    fn aftermath(&self) -> Duration {
        NONE
    }
}

impl Connector for WriteConnector {
    type Connection = SqliteConnection;
    type Session = ();
    type Stopper = NoStopper;

    const MAX_LIFETIME: Option<Duration> = None;

    fn connect(&self) -> Result<(SqliteConnection, ()), StoreError> {
        self.0.open(WRITING)
    }

    fn aftermath(&self) -> Duration {
        NONE
    }
}

impl Connector for TrialConnector {
    type Connection = SqliteConnection;
    type Session = ();
    type Stopper = NoStopper;

    const MAX_LIFETIME: Option<Duration> = None;

    fn connect(&self) -> Result<(SqliteConnection, ()), StoreError> {
        self.0.open(WRITING)
    }

    fn aftermath(&self) -> Duration {
        NONE
    }
}

/// Readers and the writer do not wait for each other (WAL), and a commit is on the disk before it is acknowledged
/// (FULL). Deleted content is overwritten, so that an erased user's data cannot be recovered from the file. In the log
/// beside it (-wal) the data stays until its pages are written again.
const WRITING: &str =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON";

impl Opening {
    fn new(path: &str, patience: Duration) -> Self {
        Self {
            path: path.to_owned(),
            patience,
        }
    }

    fn open(&self, settings: &str) -> Result<(SqliteConnection, ()), StoreError> {
        interruption::watch_new_connections();
        let mut connection =
            SqliteConnection::establish(&self.path).map_err(StoreError::unavailable)?;
        let patience = self.patience.as_millis();
        connection
            .batch_execute(&format!("PRAGMA busy_timeout = {patience}; {settings}"))
            .map_err(store_error)?;
        Ok((connection, ()))
    }
}

/// Runs work that writes in a transaction. It takes the write lock at the start, because a transaction that reads first
/// may not get the lock later. It does not use Diesel's transactions: when the disk is full, SQLite rolls back by
/// itself, and Diesel would then report a failed rollback and stop using the connection.
pub(crate) fn write_transaction<T>(
    connection: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    connection.batch_execute("BEGIN IMMEDIATE")?;
    let result = work(connection).and_then(|answer| {
        connection.batch_execute("COMMIT")?;
        Ok(answer)
    });
    result.or_else(|error| {
        end_transaction(connection)?;
        Err(error)
    })
}

/// Rolls back, unless SQLite has already done so.
fn end_transaction(connection: &mut SqliteConnection) -> QueryResult<()> {
    let is_over = |error: &Error| match error {
        Error::DatabaseError(_, information) => information.message().contains(NO_TRANSACTION),
        _ => false,
    };
    match connection.batch_execute("ROLLBACK") {
        // A connection that is still in a transaction cannot be used again.
        Err(error) if !is_over(&error) => Err(Error::BrokenTransactionManager),
        _ => Ok(()),
    }
}

/// SQLite's message if there is no transaction to roll back.
const NO_TRANSACTION: &str = "no transaction is active";

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use privet_database::{Executor, Threads};

    use super::*;

    /// The maximum size of the file simulates a full disk: SQLite reports the same error.
    struct SmallDisk(Opening);

    impl Connector for SmallDisk {
        type Connection = SqliteConnection;
        type Session = ();
        type Stopper = NoStopper;

        const MAX_LIFETIME: Option<Duration> = None;

        fn connect(&self) -> Result<(SqliteConnection, ()), StoreError> {
            self.0
                .open("PRAGMA journal_mode = WAL; PRAGMA max_page_count = 20")
        }

        fn aftermath(&self) -> Duration {
            NONE
        }
    }

    async fn run(executor: &Executor<SmallDisk>, sql: &'static str) -> Result<(), StoreError> {
        executor
            .write(move |connection| {
                let work = |connection: &mut _| diesel::sql_query(sql).execute(connection);
                write_transaction(connection, work).map(drop)
            })
            .await
    }

    #[tokio::test]
    async fn a_full_disk_is_unavailable_until_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small.db");
        let opening = Opening::new(path.to_str().unwrap(), Duration::from_secs(1));
        let threads = Threads::new(1).unwrap();
        let executor = Executor::new(
            "tests",
            SmallDisk(opening),
            1,
            Duration::from_secs(2),
            threads,
        );
        run(&executor, "CREATE TABLE filler (bytes BLOB)")
            .await
            .unwrap();
        let error = loop {
            let filled = run(&executor, "INSERT INTO filler VALUES (zeroblob(10000))").await;
            if let Err(error) = filled {
                break error;
            }
        };
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        run(&executor, "DELETE FROM filler").await.unwrap();
        run(&executor, "INSERT INTO filler VALUES (zeroblob(10000))")
            .await
            .unwrap();
    }
}
