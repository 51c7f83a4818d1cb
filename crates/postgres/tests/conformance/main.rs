//! Runs the conformance suite with the statements for one database and with those for a distributed one, and compares
//! `schema.rs` with the migrated database.

#![expect(clippy::unwrap_used, reason = "a failure here fails a test")]

mod nodes;
mod refusals;
mod spread;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use privet_domain::UserId;
use privet_postgres::{PostgresConfig, PostgresStore};
use privet_store_conformance::plans::{self, Dialect};
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::schema::{Column, declared};
use privet_store_conformance::{Backend, conformance_tests};

struct PostgresBackend {
    store: Arc<PostgresStore>,
    database: TestDatabase,
    is_spread: bool,
}

/// At the end of a test with the statements for a distributed database, none that was executed may be one that such a
/// database refuses. Runners other than nextest record the statements of several tests together.
impl Drop for PostgresBackend {
    fn drop(&mut self) {
        let is_alone = std::env::var_os("NEXTEST").is_some();
        if self.is_spread && is_alone && !std::thread::panicking() {
            refusals::assert_none_is_refused(&plans::recorded_statements());
        }
    }
}

impl Backend for PostgresBackend {
    type Store = PostgresStore;

    fn store(&self) -> &Arc<PostgresStore> {
        &self.store
    }

    fn tables_naming(&self, user_id: UserId) -> BTreeSet<String> {
        let connection = &mut self.connect();
        let columns = catalogue(connection);
        let (text, hex) = (user_id.to_string(), user_id.as_uuid().simple().to_string());
        let holds = |column: &&CatalogueColumn| {
            let CatalogueColumn {
                table_name: table,
                column_name: name,
                ..
            } = column;
            let sql = format!(
                "SELECT count(*) > 0 AS answer FROM \"{table}\" WHERE lower(\"{name}\"::text) ~ '{text}|{hex}'"
            );
            let holds: Answer = diesel::sql_query(sql).get_result(connection).unwrap();
            holds.answer
        };
        let naming = columns.iter().filter(holds);
        naming.map(|column| column.table_name.clone()).collect()
    }

    fn tombstones(&self) -> BTreeSet<String> {
        let rows: Vec<TextAnswer> =
            diesel::sql_query("SELECT erased_users::text AS answer FROM erased_users")
                .load(&mut self.connect())
                .unwrap();
        rows.into_iter().map(|row| row.answer).collect()
    }

    fn execute(&self, sql: &str) -> Result<(), String> {
        let result = self.connect().batch_execute(sql);
        result.map_err(|error| error.to_string())
    }

    fn dialect(&self) -> &Dialect {
        &Dialect {
            random_id: "gen_random_uuid()",
            time: "to_timestamp(1700000000 + n)",
            analyze: "VACUUM ANALYZE",
            id: |user_id| format!("'{user_id}'::uuid"),
            costs: &["Seq Scan", "Aggregate", "Bitmap"],
            sort: "Sort",
            index_alone: &["Index Only Scan"],
        }
    }

    fn plan(&self, sql: &str) -> String {
        let connection = &mut self.connect();
        // The generic plan, which does not depend on the parameters.
        let parameters = vec!["NULL"; sql.matches('$').count()].join(", ");
        connection
            .batch_execute(&format!(
                "SET plan_cache_mode = force_generic_plan; PREPARE asked AS {sql}"
            ))
            .unwrap();
        let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN EXECUTE asked ({parameters})"))
            .load(connection)
            .unwrap();
        let lines = lines.into_iter().map(|line| line.text);
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

impl PostgresBackend {
    /// A connection of the test, whose statements are not recorded.
    fn connect(&self) -> PgConnection {
        let mut connection = PgConnection::establish(self.database.url()).unwrap();
        connection.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        connection
    }
}

fn open(url: &str, spread: bool) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 4,
        timeout: Duration::from_secs(10),
        spread,
    })
    .unwrap()
}

async fn setup() -> PostgresBackend {
    backend(false).await
}

async fn backend(is_spread: bool) -> PostgresBackend {
    let database = migrated().await;
    plans::record_statements();
    PostgresBackend {
        store: Arc::new(open(database.url(), is_spread)),
        database,
        is_spread,
    }
}

async fn migrated() -> TestDatabase {
    let migrate = async |url: String| open(&url, false).migrate().await.unwrap();
    TestDatabase::migrated(migrate).await
}

conformance_tests!(setup);

#[derive(QueryableByName)]
struct CatalogueColumn {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    udt_name: String,
    #[diesel(sql_type = Bool)]
    is_nullable: bool,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

#[derive(QueryableByName)]
struct TextAnswer {
    #[diesel(sql_type = Text)]
    answer: String,
}

/// Every column of every table.
fn catalogue(connection: &mut PgConnection) -> Vec<CatalogueColumn> {
    diesel::sql_query(
        "SELECT table_name::text, column_name::text, udt_name::text, is_nullable = 'YES' AS is_nullable
         FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'",
    )
    .load(connection)
    .unwrap()
}

#[tokio::test]
async fn the_schema_is_the_one_that_the_migrations_make() {
    let backend = setup().await;
    let columns = catalogue(&mut backend.connect());
    let migrated: BTreeSet<_> = columns
        .into_iter()
        .map(|column| Column {
            table: column.table_name,
            name: column.column_name,
            sql_type: column.udt_name,
            is_nullable: column.is_nullable,
        })
        .collect();
    let types = [
        ("Uuid", "uuid"),
        ("Timestamptz", "timestamptz"),
        ("BigInt", "int8"),
        ("Integer", "int4"),
        ("SmallInt", "int2"),
        ("Bool", "bool"),
        ("Text", "text"),
        ("Jsonb", "jsonb"),
    ];
    assert_eq!(
        declared(include_str!("../../src/schema.rs"), &types),
        migrated
    );
}
