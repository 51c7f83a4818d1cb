//! What every store must do, done by this one; and `schema.rs` held against the migrated database.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use privet_domain::UserId;
use privet_postgres::{PostgresConfig, PostgresStore};
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::schema::{Column, declared};
use privet_store_conformance::{Backend, conformance_tests};

struct PostgresBackend {
    store: Arc<PostgresStore>,
    database: TestDatabase,
}

impl Backend for PostgresBackend {
    type Store = PostgresStore;

    fn store(&self) -> &Arc<PostgresStore> {
        &self.store
    }

    fn erase(&self, user_id: UserId) -> impl Future<Output = ()> + Send + 'static {
        let mut connection = self.connect();
        let (high, low) = user_id.as_uuid().as_u64_pair();
        let lock = (high ^ low).cast_signed();
        // The lock in a statement of its own, before the one that looks.
        let sql = format!(
            "BEGIN; SELECT pg_advisory_xact_lock({lock});
             INSERT INTO erased_users VALUES ('{user_id}', now());
             DELETE FROM users WHERE user_id = '{user_id}';
             DELETE FROM audit_log WHERE user_id = '{user_id}'; COMMIT"
        );
        let work = move || connection.batch_execute(&sql).unwrap();
        async { tokio::task::spawn_blocking(work).await.unwrap() }
    }

    fn execute(&self, sql: &str) -> Result<(), String> {
        let result = self.connect().batch_execute(sql);
        result.map_err(|error| error.to_string())
    }
}

impl PostgresBackend {
    fn connect(&self) -> PgConnection {
        PgConnection::establish(self.database.url()).unwrap()
    }
}

fn open(url: &str) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 4,
        timeout: Duration::from_secs(10),
    })
    .unwrap()
}

async fn setup() -> PostgresBackend {
    let migrate = async |url: String| open(&url).migrate().await.unwrap();
    let database = TestDatabase::migrated(migrate).await;
    PostgresBackend {
        store: Arc::new(open(database.url())),
        database,
    }
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

#[tokio::test]
async fn the_schema_is_the_one_that_the_migrations_make() {
    let backend = setup().await;
    let columns: Vec<CatalogueColumn> = diesel::sql_query(
        "SELECT table_name::text, column_name::text, udt_name::text, is_nullable = 'YES' AS is_nullable
         FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'",
    )
    .load(&mut backend.connect())
    .unwrap();
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
        ("Bool", "bool"),
        ("Text", "text"),
        ("Jsonb", "jsonb"),
    ];
    assert_eq!(declared(include_str!("../src/schema.rs"), &types), migrated);
}
