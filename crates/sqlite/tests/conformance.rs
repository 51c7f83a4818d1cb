//! Runs the conformance suite, and compares `schema.rs` with the migrated database.

#![expect(clippy::unwrap_used, reason = "a failure here fails a test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use privet_domain::UserId;
use privet_sqlite::{SqliteConfig, SqliteStore};
use privet_store_conformance::plans::{self, Dialect};
use privet_store_conformance::schema::{Column, declared};
use privet_store_conformance::{Backend, conformance_tests};
use tempfile::TempDir;

struct SqliteBackend {
    store: Arc<SqliteStore>,
    folder: TempDir,
}

impl Backend for SqliteBackend {
    type Store = SqliteStore;

    fn store(&self) -> &Arc<SqliteStore> {
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
                "SELECT EXISTS (SELECT 1 FROM \"{table}\" WHERE lower(hex(\"{name}\")) LIKE '%{hex}%'
                 OR \"{name}\" LIKE '%{text}%' OR \"{name}\" LIKE '%{hex}%') AS answer"
            );
            let holds: Answer = diesel::sql_query(sql).get_result(connection).unwrap();
            holds.answer
        };
        let naming = columns.iter().filter(holds);
        naming.map(|column| column.table_name.clone()).collect()
    }

    fn tombstones(&self) -> BTreeSet<String> {
        let rows: Vec<TextAnswer> =
            diesel::sql_query("SELECT hex(user_id) || erased_at AS answer FROM erased_users")
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
            random_id: "randomblob(16)",
            time: "1700000000000000 + n * 1000000",
            analyze: "ANALYZE",
            id: |user_id| format!("x'{}'", user_id.as_uuid().simple()),
            costs: &["SCAN"],
            sort: "TEMP B-TREE",
            // A table without row ids is stored in its primary key.
            index_alone: &["COVERING INDEX", "USING PRIMARY KEY"],
        }
    }

    fn plan(&self, sql: &str) -> String {
        let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
            .load(&mut self.connect())
            .unwrap();
        let steps = steps.into_iter().map(|step| step.detail);
        steps.collect::<Vec<_>>().join("\n")
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

impl SqliteBackend {
    fn connect(&self) -> SqliteConnection {
        let path = self.folder.path().join("privet.db");
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        connection
            .batch_execute("PRAGMA busy_timeout = 10000")
            .unwrap();
        connection
    }
}

async fn setup() -> SqliteBackend {
    plans::record_statements();
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteConfig {
        path: folder.path().join("privet.db"),
        pool: 4,
        timeout: Duration::from_secs(10),
    })
    .unwrap();
    store.migrate().await.unwrap();
    SqliteBackend {
        store: Arc::new(store),
        folder,
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
    storage: String,
    #[diesel(sql_type = Bool)]
    is_required: bool,
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
fn catalogue(connection: &mut SqliteConnection) -> Vec<CatalogueColumn> {
    diesel::sql_query(
        "SELECT tables.name AS table_name, columns.name AS column_name, columns.type AS storage,
                columns.\"notnull\" AS is_required
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name <> '__diesel_schema_migrations'",
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
            sql_type: column.storage,
            is_nullable: !column.is_required,
        })
        .collect();
    let types = [
        ("Binary", "BLOB"),
        ("BigInt", "INTEGER"),
        ("Integer", "INTEGER"),
        ("SmallInt", "INTEGER"),
        ("Bool", "INTEGER"),
        ("Text", "TEXT"),
        ("Json", "TEXT"),
    ];
    assert_eq!(declared(include_str!("../src/schema.rs"), &types), migrated);
}
