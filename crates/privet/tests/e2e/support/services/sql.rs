//! The database behind the service's back, for what no request can do or show.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use uuid::Uuid;

use crate::support::{Backend, Database};

/// A session of the tests' own.
pub enum Session {
    /// On SQLite.
    Sqlite(SqliteConnection),
    /// On PostgreSQL.
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

impl Session {
    /// Opens one.
    pub fn on(database: &Database) -> Self {
        match database.backend() {
            Backend::Sqlite => Self::sqlite(database.file().to_str().unwrap()),
            Backend::Postgres => Self::Postgres(PgConnection::establish(&database.url()).unwrap()),
        }
    }

    /// Opens one on a file.
    pub fn sqlite(path: &str) -> Self {
        let mut connection = SqliteConnection::establish(path).unwrap();
        connection
            .batch_execute("PRAGMA busy_timeout = 10000")
            .unwrap();
        Self::Sqlite(connection)
    }

    /// Runs these statements.
    pub fn execute(&mut self, sql: &str) {
        let done = match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// What `SELECT <expression> AS number` answers.
    pub fn number(&mut self, expression: &str) -> i64 {
        let query = diesel::sql_query(format!("SELECT {expression} AS number"));
        let answer: Number = match self {
            Self::Sqlite(connection) => query.get_result(connection).unwrap(),
            Self::Postgres(connection) => query.get_result(connection).unwrap(),
        };
        answer.number
    }

    /// How many rows a table has of a user.
    pub fn rows_of(&mut self, table: &str, user: Uuid) -> i64 {
        let user = self.literal(user);
        self.number(&format!(
            "(SELECT count(*) FROM {table} WHERE user_id = {user})"
        ))
    }

    /// Every table that the database says it has, but the one of the migrations.
    pub fn tables(&mut self) -> Vec<String> {
        self.texts(match self {
            Self::Sqlite(_) => {
                "SELECT name AS text FROM sqlite_schema WHERE type = 'table'
                 AND name NOT LIKE 'sqlite%' AND name NOT GLOB '__diesel*'"
            }
            Self::Postgres(_) => {
                "SELECT table_name::text AS text FROM information_schema.tables
                 WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                 AND NOT starts_with(table_name, '__diesel')"
            }
        })
    }

    /// In how many rows of each table an id stands, whatever the column; only tables where it does. Without the feed,
    /// which names whoever changed something, until its retention is over.
    pub fn rows_naming(&mut self, id: Uuid) -> BTreeMap<String, i64> {
        let mut found = BTreeMap::new();
        for table in self.tables().into_iter().filter(|it| it != "changes") {
            let condition = match self {
                // The text of a row shows all of its columns.
                Self::Postgres(_) => format!("strpos(lower({table}::text), '{id}') > 0"),
                Self::Sqlite(_) => {
                    let columns = format!("SELECT name AS text FROM pragma_table_info('{table}')");
                    let contains = |column| {
                        let (bytes, text) = (id.simple(), id);
                        format!(
                            "hex({column}) LIKE '%{bytes}%' OR CAST({column} AS text) LIKE '%{text}%'"
                        )
                    };
                    let columns = self.texts(&columns).into_iter().map(contains);
                    columns.collect::<Vec<_>>().join(" OR ")
                }
            };
            let rows = self.number(&format!("(SELECT count(*) FROM {table} WHERE {condition})"));
            if rows > 0 {
                found.insert(table, rows);
            }
        }
        found
    }

    /// What a query selects as `text`.
    pub fn texts(&mut self, query: &str) -> Vec<String> {
        let query = diesel::sql_query(query);
        let rows: Vec<Text> = match self {
            Self::Sqlite(connection) => query.load(connection).unwrap(),
            Self::Postgres(connection) => query.load(connection).unwrap(),
        };
        rows.into_iter().map(|row| row.text).collect()
    }

    /// An id as it is written in SQL.
    pub fn literal(&self, id: Uuid) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.simple()),
            Self::Postgres(_) => format!("'{id}'"),
        }
    }
}
