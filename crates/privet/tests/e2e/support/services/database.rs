//! A database of its own for each test.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use privet_store_conformance::postgres_fixture::TestDatabase;

use crate::support::{Program, Setup, shared_redis};

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
    setup: Setup,
    redis_url: Option<String>,
}

enum Place {
    Sqlite(tempfile::TempDir),
    Postgres(TestDatabase),
}

impl Database {
    /// A new one for that set-up, or on that store alone.
    pub async fn fresh(setup: impl Into<Setup>) -> Self {
        let setup = setup.into();
        let place = match setup.backend() {
            Backend::Sqlite => Place::Sqlite(tempfile::tempdir().unwrap()),
            Backend::Postgres => Place::Postgres(TestDatabase::migrated(migrate).await),
        };
        let redis_url = setup.has_redis().then(shared_redis::url);
        if let (Place::Postgres(database), Some(url)) = (&place, &redis_url) {
            shared_redis::put_into_use(&mut connect_postgres(database), url);
        }
        Self {
            place,
            setup,
            redis_url,
        }
    }

    /// One on PostgreSQL without any tables yet.
    pub fn without_tables() -> Self {
        Self {
            place: Place::Postgres(TestDatabase::empty()),
            setup: Setup::Postgres,
            redis_url: None,
        }
    }

    /// What it is for.
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// Which store it is on.
    pub fn backend(&self) -> Backend {
        self.setup.backend()
    }

    /// What `REDIS_URL` takes, where Redis is part of the set-up.
    pub fn redis_url(&self) -> Option<&str> {
        self.redis_url.as_deref()
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

    /// Brings what stands in the log of an embedded database that nobody uses into its file. Privet does so by
    /// itself when it stops, but for connections that are still busy when the process ends.
    pub async fn bring_into_one_file(&self) {
        let Place::Sqlite(folder) = &self.place else {
            panic!("this database is not a file");
        };
        let mut connection = connect_sqlite(folder);
        blocking(move || connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")).await;
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
