//! Lays the tables out over the nodes of a distributed database (Citus). The statements are in
//! `migrations/distributed.sql`, which operators can also run by hand.

use std::num::NonZeroU16;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use privet_application::StoreError;
use privet_database::errors::store_error;
use privet_database::run_unbounded;

use crate::PostgresStore;
use crate::migrations::lock;

const LAYOUT: &str = include_str!("../../../migrations/distributed.sql");

/// The extension that distributes tables is not in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database has no extension citus; install it on every node, and run CREATE EXTENSION citus"
)]
pub struct NotDistributable;

#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = Bool)]
    has_citus: bool,
}

impl PostgresStore {
    /// Distributes the tables that are not distributed yet, without a time limit. The tables MUST have been migrated.
    /// Each gets that many shards, or as many as `citus.shard_count` says. Fails with [`StoreError::Internal`] of
    /// [`NotDistributable`] without the extension. Can be called again after any error.
    pub async fn distribute(&self, shards: Option<NonZeroU16>) -> Result<(), StoreError> {
        let connector = self.connector.clone();
        run_unbounded("distribution", move || {
            let mut connection = connector.connect_unbounded()?;
            if !has_citus(&mut connection).map_err(store_error)? {
                return Err(StoreError::internal(NotDistributable));
            }
            // Closing the connection releases the lock in all cases.
            lock(&mut connection)?;
            lay_out(&mut connection, shards).map_err(store_error)
        })
        .await
    }
}

fn has_citus(connection: &mut PgConnection) -> QueryResult<bool> {
    let asked: Asked = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS has_citus",
    )
    .get_result(connection)?;
    Ok(asked.has_citus)
}

/// Executes each statement in a transaction of its own. Citus refuses some of them in a transaction with others.
fn lay_out(connection: &mut PgConnection, shards: Option<NonZeroU16>) -> QueryResult<()> {
    if let Some(shards) = shards {
        connection.batch_execute(&format!("SET citus.shard_count = {shards}"))?;
    }
    for statement in statements() {
        connection.batch_execute(statement)?;
    }
    Ok(())
}

/// The statements of the file, each with the comment before it.
fn statements() -> impl Iterator<Item = &'static str> {
    LAYOUT
        .split_inclusive(";\n")
        .filter(|part| !part.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use diesel::sql_types::{Nullable, Text};
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use super::*;
    use crate::PostgresConfig;

    /// The functions and tables of Citus that the file uses. They only note what they are told.
    const STAND_IN: &str = "
        CREATE SCHEMA stand_in;
        SET search_path = public, stand_in;
        CREATE TABLE stand_in.pg_dist_node (groupid int);
        INSERT INTO stand_in.pg_dist_node VALUES (0), (1);
        CREATE TABLE stand_in.pg_dist_partition (
            logicalrelid regclass PRIMARY KEY, key text, colocated_with text, is_emptied boolean DEFAULT false);
        CREATE FUNCTION stand_in.create_reference_table(table_name regclass) RETURNS void LANGUAGE sql
            AS 'INSERT INTO stand_in.pg_dist_partition VALUES ($1)';
        CREATE FUNCTION stand_in.create_distributed_table(
            table_name regclass, distribution_column text, colocate_with text) RETURNS void LANGUAGE sql
            AS 'INSERT INTO stand_in.pg_dist_partition VALUES ($1, $2, $3)';
        CREATE FUNCTION stand_in.truncate_local_data_after_distributing_table(table_name regclass) RETURNS void
            LANGUAGE sql AS 'UPDATE stand_in.pg_dist_partition SET is_emptied = true WHERE logicalrelid = $1';";

    /// All tables. `key` is NULL for those that each node has, and for those that stay on the coordinator.
    const TABLES: &str = "
        SELECT relname::text AS name, logicalrelid IS NOT NULL AS is_laid_out, key, colocated_with,
            coalesce(is_emptied, false) AS is_emptied
        FROM pg_class LEFT JOIN stand_in.pg_dist_partition ON logicalrelid = pg_class.oid
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND relname <> '__diesel_schema_migrations' ORDER BY relname";

    /// Unique indexes, primary keys included, without the column by which their table is distributed. Included columns do
    /// not count.
    const TOO_WIDE: &str = "
        SELECT indexrelid::regclass::text AS name
        FROM pg_index JOIN stand_in.pg_dist_partition ON logicalrelid = indrelid
        WHERE indisunique AND key IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_attribute, generate_series(0, indnkeyatts - 1) AS place
            WHERE attrelid = indrelid AND attname = key AND attnum = indkey[place])";

    #[derive(Debug, QueryableByName)]
    struct Laid {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Bool)]
        is_laid_out: bool,
        #[diesel(sql_type = Nullable<Text>)]
        key: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        colocated_with: Option<String>,
        #[diesel(sql_type = Bool)]
        is_emptied: bool,
    }

    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }

    fn store(url: &str) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
            spread: false,
        })
        .unwrap()
    }

    async fn migrated() -> TestDatabase {
        TestDatabase::migrated(async |url: String| store(&url).migrate().await.unwrap()).await
    }

    /// A database whose tables were laid out, twice.
    async fn laid_out() -> (TestDatabase, PgConnection) {
        let database = migrated().await;
        let mut connection = PgConnection::establish(database.url()).unwrap();
        connection.batch_execute(STAND_IN).unwrap();
        for shards in [NonZeroU16::new(8), None] {
            lay_out(&mut connection, shards).unwrap();
        }
        (database, connection)
    }

    fn tables(connection: &mut PgConnection) -> Vec<Laid> {
        diesel::sql_query(TABLES).load(connection).unwrap()
    }

    fn too_wide(connection: &mut PgConnection) -> Vec<String> {
        let names: Vec<Name> = diesel::sql_query(TOO_WIDE).load(connection).unwrap();
        names.into_iter().map(|row| row.name).collect()
    }

    #[tokio::test]
    async fn every_table_has_its_place() {
        let (_database, mut connection) = laid_out().await;
        let tables = tables(&mut connection);
        let named = |is: &dyn Fn(&&Laid) -> bool| -> BTreeSet<String> {
            let found = tables.iter().filter(|table| is(table));
            found.map(|table| table.name.clone()).collect()
        };
        let expected = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let on_coordinator: BTreeSet<String> = expected(&["cache_epoch", "changes", "feed"]);
        assert_eq!(named(&|table| !table.is_laid_out), on_coordinator);
        let on_each_node: BTreeSet<String> = expected(&["erased_users", "erasures_under_way"]);
        let is_copied = |table: &&Laid| table.is_laid_out && table.key.is_none();
        assert_eq!(named(&is_copied), on_each_node);
        for table in tables.iter().filter(|table| table.key.is_some()) {
            let expected = if table.name == "users" {
                "none"
            } else {
                "users"
            };
            assert_eq!(table.colocated_with.as_deref(), Some(expected), "{table:?}");
        }
    }

    #[tokio::test]
    async fn no_row_is_left_on_the_coordinator_beside_its_copy() {
        let (_database, mut connection) = laid_out().await;
        for table in tables(&mut connection) {
            assert_eq!(table.is_emptied, table.is_laid_out, "{table:?}");
        }
    }

    #[tokio::test]
    async fn every_unique_index_has_the_column_that_distributes_its_table() {
        let (_database, mut connection) = laid_out().await;
        assert_eq!(too_wide(&mut connection), [""; 0]);
        // The control.
        connection
            .batch_execute(
                "CREATE UNIQUE INDEX by_id ON follows (id) INCLUDE (following_id);
                 CREATE UNIQUE INDEX by_pair ON contacts (contact_id, owner_id)",
            )
            .unwrap();
        assert_eq!(too_wide(&mut connection), ["by_id"]);
    }

    #[tokio::test]
    async fn a_database_without_the_extension_is_left_alone() {
        let database = migrated().await;
        let error = store(database.url()).distribute(None).await.unwrap_err();
        let StoreError::Internal(cause) = &error else {
            panic!("{error}");
        };
        assert!(cause.is::<NotDistributable>(), "{error}");
    }

    #[tokio::test]
    async fn the_coordinator_must_be_among_the_nodes() {
        let database = migrated().await;
        let mut connection = PgConnection::establish(database.url()).unwrap();
        connection.batch_execute(STAND_IN).unwrap();
        let forget = "DELETE FROM pg_dist_node WHERE groupid = 0";
        connection.batch_execute(forget).unwrap();
        let error = lay_out(&mut connection, None).unwrap_err().to_string();
        assert!(error.contains("citus_set_coordinator_host"), "{error}");
        assert!(
            tables(&mut connection)
                .iter()
                .all(|table| !table.is_laid_out)
        );
    }

    #[test]
    fn each_statement_ends_where_its_line_does() {
        assert!(statements().count() > 20);
        for statement in statements() {
            assert!(statement.ends_with(";\n"), "{statement}");
        }
    }
}
