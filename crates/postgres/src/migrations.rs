//! The tables' migrations, and running them while other replicas may want to do the same.

use diesel::PgConnection;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use privet_application::StoreError;
use privet_database::errors::store_error;
use privet_database::{migrations, run_unbounded};

use crate::PostgresStore;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// "privet" as a number: what replicas agree on to migrate one after the other.
const MIGRATION_LOCK: i64 = 0x70_72_69_76_65_74;

impl PostgresStore {
    /// Brings the tables to the form that this release expects. Takes as long as it takes; waits for
    /// any other replica that is at it.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connector = self.connector.clone();
        run_unbounded("migration", move || {
            let mut connection = connector.connect_unbounded()?;
            lock(&mut connection)?;
            // Closing the connection gives the lock back, however this ends.
            migrations::run_pending(&mut connection, MIGRATIONS)
        })
        .await
    }
}

fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<BigInt, _>(MIGRATION_LOCK)
        .execute(connection)
        .map(drop)
        .map_err(store_error)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::{Connection, PgConnection};
    use diesel_migrations::MigrationHarness;
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use super::*;
    use crate::PostgresConfig;

    fn store(database: &TestDatabase) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: database.url().to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
        })
        .unwrap()
    }

    #[test]
    fn every_migration_can_be_taken_back_and_made_again() {
        let database = TestDatabase::empty();
        let mut connection = PgConnection::establish(database.url()).unwrap();
        let all = connection.run_pending_migrations(MIGRATIONS).unwrap().len();
        let reverted = connection.revert_all_migrations(MIGRATIONS).unwrap().len();
        assert_eq!(reverted, all);
        let again = connection.run_pending_migrations(MIGRATIONS).unwrap();
        assert_eq!(again.len(), all);
    }

    #[tokio::test]
    async fn replicas_that_start_at_once_migrate_once() {
        let database = TestDatabase::empty();
        let mut replicas = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let store = store(&database);
            replicas.spawn(async move { store.migrate().await });
        }
        for result in replicas.join_all().await {
            result.unwrap();
        }
    }
}
