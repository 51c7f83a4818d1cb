//! The only connection that writes. Waiting changes are committed in one transaction, each under a savepoint, and
//! acknowledged after the commit is on the disk.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::changes::ChangeSignal;
use privet_database::{Answers, Batches, Executor, Statement};

use super::Recorded;
use crate::connection::{WriteConnector, write_transaction};

/// Executes changes. Those that wait together share a transaction. SQLite allows one writing connection at a time.
#[derive(Clone)]
pub(crate) struct Writer {
    executor: Executor<WriteConnector>,
    batches: Batches<WriteConnector, Changes>,
}

impl Writer {
    pub fn new(executor: Executor<WriteConnector>) -> Self {
        Self {
            batches: Batches::of_changes(&executor, Changes),
            executor,
        }
    }

    /// Executes a change. The work runs again if the transaction was rolled back because of another change.
    pub async fn change<T: Send + 'static>(
        &self,
        work: impl Fn(&mut SqliteConnection) -> QueryResult<Recorded<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = Arc::new(Mutex::new(None));
        let left = Arc::clone(&answer);
        let work = move |connection: &mut SqliteConnection| {
            let Recorded(answer) = work(connection)?;
            *left.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            Ok(())
        };
        self.batches.submit(Box::new(work)).await?;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.ok_or_else(|| StoreError::internal("a change stored no answer"))
    }

    /// See [`Executor::settled`].
    pub async fn settled(&self) {
        self.executor.settled().await;
    }

    /// See [`Executor::signal`].
    pub fn signal(&self) -> ChangeSignal {
        self.executor.signal()
    }
}

/// A change that stores its answer for its caller.
type Work = Box<dyn Fn(&mut SqliteConnection) -> QueryResult<()> + Send>;

/// Executes the changes of a batch.
struct Changes;

impl Statement<SqliteConnection> for Changes {
    type Request = Work;
    type Answer = ();

    const NAME: &'static str = "change";
    /// Limits how long a change waits for the changes before it. Reads do not wait for the writer.
    const MOST: usize = 250;

    fn run(
        &self,
        connection: &mut SqliteConnection,
        requests: &[&Work],
    ) -> QueryResult<Answers<()>> {
        write_transaction(connection, |connection| {
            if let [work] = requests {
                return Ok(vec![Some(Ok(work(connection)?))]);
            }
            let results = requests
                .iter()
                .map(|work| under_savepoint(connection, work).map(Some));
            results.collect()
        })
    }
}

/// Executes a change, or rolls it back. Fails if SQLite has rolled back the whole transaction.
fn under_savepoint(connection: &mut SqliteConnection, work: &Work) -> QueryResult<QueryResult<()>> {
    connection.batch_execute("SAVEPOINT change")?;
    match work(connection) {
        Ok(()) => connection.batch_execute("RELEASE change").map(Ok),
        Err(error) => match connection.batch_execute("ROLLBACK TO change; RELEASE change") {
            Ok(()) => Ok(Err(error)),
            // The savepoint does not exist any more, because SQLite rolls back everything when the disk is full or
            // fails. The caller needs the original error.
            Err(_) => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use diesel::result::Error;
    use diesel::sql_types::BigInt;
    use privet_application::UnavailableReason;
    use privet_database::Threads;

    use super::*;

    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }

    fn connection() -> SqliteConnection {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection
            .batch_execute("CREATE TABLE kept (number INTEGER NOT NULL CHECK (number > 0))")
            .unwrap();
        connection
    }

    fn insert(number: i64) -> Work {
        Box::new(move |connection| {
            let sql = diesel::sql_query("INSERT INTO kept VALUES (?)");
            sql.bind::<BigInt, _>(number).execute(connection).map(drop)
        })
    }

    fn kept(connection: &mut SqliteConnection) -> Vec<i64> {
        let rows: Vec<Number> = diesel::sql_query("SELECT number FROM kept ORDER BY number")
            .load(connection)
            .unwrap();
        rows.into_iter().map(|row| row.number).collect()
    }

    fn run(connection: &mut SqliteConnection, changes: &[Work]) -> QueryResult<Answers<()>> {
        let changes: Vec<_> = changes.iter().collect();
        Changes.run(connection, &changes)
    }

    #[test]
    fn a_refused_change_does_not_affect_the_others() {
        let mut connection = connection();
        let half_done: Work = Box::new(|connection| {
            insert(7)(connection)?;
            insert(-7)(connection)
        });
        let answers = run(&mut connection, &[insert(1), half_done, insert(3)]).unwrap();
        let ok: Vec<_> = answers.iter().flatten().map(Result::is_ok).collect();
        assert_eq!(ok, [true, false, true]);
        assert_eq!(kept(&mut connection), [1, 3]);
    }

    #[test]
    fn a_rollback_by_sqlite_returns_its_cause_and_a_usable_connection() {
        let mut connection = connection();
        // This simulates a full disk.
        let rolling_back: Work = Box::new(|connection| {
            connection.batch_execute("ROLLBACK")?;
            Err(Error::NotFound)
        });
        let changes = [insert(1), rolling_back, insert(3)];
        let error = run(&mut connection, &changes).unwrap_err();
        assert_eq!(error, Error::NotFound);
        assert_eq!(kept(&mut connection), [0; 0]);
        run(&mut connection, &[insert(1), insert(3)]).unwrap();
        assert_eq!(kept(&mut connection), [1, 3]);
    }

    /// Inserts this number of bytes. The maximum size of the file simulates a full disk: SQLite reports the same error.
    fn fill(bytes: i64) -> impl Fn(&mut SqliteConnection) -> QueryResult<Recorded<()>> {
        move |connection| {
            let sql = diesel::sql_query("INSERT INTO filler VALUES (zeroblob(?))");
            sql.bind::<BigInt, _>(bytes).execute(connection)?;
            Ok(Recorded::unchanged(()))
        }
    }

    async fn small_disk(folder: &Path) -> Writer {
        let path = folder.join("small.db");
        let connector = WriteConnector::new(path.to_str().unwrap(), Duration::from_secs(1));
        let threads = Threads::new(1).unwrap();
        let executor = Executor::new("tests", connector, 1, Duration::from_secs(10), threads);
        let writer = Writer::new(executor);
        let limit = |connection: &mut SqliteConnection| {
            connection.batch_execute("CREATE TABLE filler (bytes BLOB)")?;
            connection.batch_execute("PRAGMA max_page_count = 20")?;
            Ok(Recorded::unchanged(()))
        };
        writer.change(limit).await.unwrap();
        writer
    }

    #[tokio::test]
    async fn a_full_disk_fails_only_the_changes_that_need_space() {
        let folder = tempfile::tempdir().unwrap();
        let writer = small_disk(folder.path()).await;
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        // Runs again if it is in the batch that finds the disk full; then it does not wait.
        let busy = move |_: &mut SqliteConnection| {
            let _ = wait.lock().unwrap().recv();
            Ok(Recorded::unchanged(()))
        };
        let first = writer.clone();
        let first = tokio::spawn(async move { first.change(busy).await });
        let mut changes = Vec::new();
        for bytes in [100, 100, 1_000_000, 100, 100] {
            let writer = writer.clone();
            changes.push(tokio::spawn(
                async move { writer.change(fill(bytes)).await },
            ));
            tokio::task::yield_now().await;
        }
        drop(go_on);
        first.await.unwrap().unwrap();
        for (place, change) in changes.into_iter().enumerate() {
            let end = change.await.unwrap();
            if place == 2 {
                let reason = end.unwrap_err().reason();
                assert_eq!(reason, Some(UnavailableReason::DiskFull));
            } else {
                end.unwrap();
            }
        }
        let count = |connection: &mut SqliteConnection| {
            let rows = diesel::sql_query("SELECT count(*) AS number FROM filler");
            let rows: Number = rows.get_result(connection)?;
            Ok(Recorded::unchanged(rows.number))
        };
        assert_eq!(writer.change(count).await.unwrap(), 4);
    }
}
