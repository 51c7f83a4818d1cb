//! The database behind the service's back, for what no request can do or show.

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

    /// Leaves a user's tombstone.
    pub fn erase(&mut self, user: Uuid) {
        let literal = self.literal(user);
        let now = match self {
            Self::Sqlite(_) => "0",
            Self::Postgres(_) => "now()",
        };
        self.execute(&format!("DELETE FROM users WHERE user_id = {literal}"));
        self.execute(&format!(
            "INSERT INTO erased_users VALUES ({literal}, {now})"
        ));
    }

    /// An id as it is written in SQL.
    pub fn literal(&self, id: Uuid) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.simple()),
            Self::Postgres(_) => format!("'{id}'"),
        }
    }
}
