//! A database of its own for each test.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use privet_store_conformance::postgres_fixture::TestDatabase;

use super::Program;

/// The stores that Privet runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The embedded one.
    Sqlite,
    /// A server; `TEST_DATABASE_URL` says where.
    Postgres,
}

/// An empty database, gone when this is dropped.
pub struct Database {
    place: Place,
}

enum Place {
    Sqlite(tempfile::TempDir),
    Postgres(TestDatabase),
}

impl Database {
    /// A new one on that store.
    pub async fn fresh(backend: Backend) -> Self {
        let place = match backend {
            Backend::Sqlite => Place::Sqlite(tempfile::tempdir().unwrap()),
            Backend::Postgres => Place::Postgres(TestDatabase::migrated(migrate).await),
        };
        Self { place }
    }

    /// Which store it is on.
    pub fn backend(&self) -> Backend {
        match self.place {
            Place::Sqlite(_) => Backend::Sqlite,
            Place::Postgres(_) => Backend::Postgres,
        }
    }

    /// What `DATABASE_URL` takes.
    pub fn url(&self) -> String {
        match &self.place {
            Place::Sqlite(folder) => format!("sqlite://{}", in_folder(folder).display()),
            Place::Postgres(database) => database.url().to_owned(),
        }
    }

    /// The file of an embedded database.
    pub fn file(&self) -> PathBuf {
        match &self.place {
            Place::Sqlite(folder) => in_folder(folder),
            Place::Postgres(_) => panic!("this database is not a file"),
        }
    }

    /// The one number that a query, in SQL that both stores understand, selects as `number`.
    pub async fn number(&self, query: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let query = query.to_owned();
        let row: Row = match &self.place {
            Place::Sqlite(folder) => {
                let mut connection = connect_sqlite(folder);
                blocking(move || sql_query(query).get_result(&mut connection)).await
            }
            Place::Postgres(database) => {
                let mut connection = connect_postgres(database);
                blocking(move || sql_query(query).get_result(&mut connection)).await
            }
        };
        row.number
    }
}

fn connect_sqlite(folder: &tempfile::TempDir) -> SqliteConnection {
    let file = in_folder(folder);
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection
        .batch_execute("PRAGMA busy_timeout = 10000")
        .unwrap();
    connection
}

fn connect_postgres(database: &TestDatabase) -> PgConnection {
    PgConnection::establish(database.url()).unwrap()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> QueryResult<T> + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap().unwrap()
}

fn in_folder(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("privet.db")
}

async fn migrate(url: String) {
    let output = Program::new(&["migrate"])
        .with("DATABASE_URL", &url)
        .run()
        .await;
    assert_eq!(output.status, 0, "{}", output.stderr);
}
