//! The migrations of the tables, and running them while other replicas may start, too.

use diesel::PgConnection;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use privet_application::{StoreError, Unavailable, UnavailableReason};
use privet_database::errors::store_error;
use privet_database::{migrations, run_unbounded};

use crate::PostgresStore;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// "privet" as a number: the key of the advisory lock with which replicas migrate one after the other.
const MIGRATION_LOCK: i64 = 0x70_72_69_76_65_74;

impl PostgresStore {
    /// Runs the pending migrations, without a time limit. Waits while another replica does so. Fails with
    /// [`StoreError::Unavailable`] of [`Interrupted`] if the connection is lost after migrating began. Then it can be
    /// called again.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connector = self.connector.clone();
        run_unbounded("migration", move || {
            let mut connection = connector.connect_unbounded()?;
            // Closing the connection releases the lock in all cases.
            lock_and_migrate(&mut connection).map_err(marked_if_interrupted)
        })
        .await
    }
}

/// The database became unreachable after migrating had begun.
#[derive(Debug, thiserror::Error)]
#[error("the migration was interrupted: {0}")]
pub struct Interrupted(Unavailable);

/// Marks the loss of the connection, or of the primary, as [`Interrupted`]. All other errors stay as they are: a
/// database that is full or busy is reachable, and another attempt may fail in the same way.
fn marked_if_interrupted(error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(cause) if is_loss(cause.reason) => {
            StoreError::unavailable_because(cause.reason, Interrupted(cause))
        }
        error => error,
    }
}

const fn is_loss(reason: UnavailableReason) -> bool {
    matches!(
        reason,
        UnavailableReason::Unreachable | UnavailableReason::ReadOnly
    )
}

fn lock_and_migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    lock(connection)?;
    migrations::run_pending(connection, MIGRATIONS)
}

/// Waits until no other replica migrates or distributes the tables. The lock is held until the connection is closed.
pub(crate) fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<BigInt, _>(MIGRATION_LOCK)
        .execute(connection)
        .map(drop)
        .map_err(store_error)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::Connection;
    use diesel::connection::SimpleConnection;
    use diesel_migrations::MigrationHarness;
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use super::*;
    use crate::PostgresConfig;

    fn store(database: &TestDatabase) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: database.url().to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
            spread: false,
        })
        .unwrap()
    }

    #[test]
    fn every_migration_can_be_reverted_and_repeated() {
        let database = TestDatabase::empty();
        let mut connection = PgConnection::establish(database.url()).unwrap();
        let all = connection.run_pending_migrations(MIGRATIONS).unwrap().len();
        let reverted = connection.revert_all_migrations(MIGRATIONS).unwrap().len();
        assert_eq!(reverted, all);
        let again = connection.run_pending_migrations(MIGRATIONS).unwrap();
        assert_eq!(again.len(), all);
    }

    /// Holds the migration lock until it is dropped.
    fn hold_lock(database: &TestDatabase) -> PgConnection {
        let mut holder = PgConnection::establish(database.url()).unwrap();
        lock(&mut holder).unwrap();
        holder
    }

    fn set_for_role(database: &TestDatabase, setting: &str) {
        let mut admin = PgConnection::establish(database.url()).unwrap();
        let name = database.url().rsplit_once('/').unwrap().1;
        let sql = format!("ALTER ROLE CURRENT_USER IN DATABASE {name} SET {setting}");
        admin.batch_execute(&sql).unwrap();
    }

    #[tokio::test]
    async fn the_time_limits_of_a_role_do_not_end_a_migration() {
        let database = TestDatabase::empty();
        for setting in [
            "statement_timeout = '50ms'",
            "lock_timeout = '50ms'",
            "idle_in_transaction_session_timeout = '50ms'",
            "idle_session_timeout = '50ms'",
        ] {
            set_for_role(&database, setting);
        }
        let holder = hold_lock(&database);
        let store = store(&database);
        let (migrated, ()) = tokio::join!(store.migrate(), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            drop(holder);
        });
        migrated.unwrap();
        let mut connection = store.connector.connect_unbounded().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let limits = "SELECT count(*) FROM pg_settings WHERE setting <> '0' AND name IN ('statement_timeout', \
                      'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')";
        let none = diesel::dsl::sql::<BigInt>(&format!("({limits})"));
        let limited: i64 = diesel::select(none).get_result(&mut connection).unwrap();
        assert_eq!(limited, 0);
    }

    #[tokio::test]
    async fn a_migration_whose_connection_is_lost_can_be_run_again() {
        let mut database = TestDatabase::empty();
        let _holder = hold_lock(&database);
        let store = store(&database);
        let (migrated, ()) = tokio::join!(store.migrate(), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            database.terminate_connections();
        });
        let error = migrated.unwrap_err();
        let StoreError::Unavailable(cause) = &error else {
            panic!("{error}");
        };
        assert!(cause.is_caused_by::<Interrupted>(), "{error}");
        store.migrate().await.unwrap();
    }

    #[test]
    fn only_a_lost_connection_or_primary_interrupts_a_migration() {
        for reason in UnavailableReason::ALL {
            let error = StoreError::unavailable_because(reason, "cause");
            let marked = marked_if_interrupted(error);
            let StoreError::Unavailable(cause) = &marked else {
                panic!("{marked}");
            };
            assert_eq!(cause.reason, reason);
            let is_lost = [UnavailableReason::Unreachable, UnavailableReason::ReadOnly];
            let expected = is_lost.contains(&reason);
            assert_eq!(cause.is_caused_by::<Interrupted>(), expected, "{reason}");
        }
        let unexpected = marked_if_interrupted(StoreError::internal("cause"));
        assert_eq!(unexpected.reason(), None);
    }

    #[tokio::test]
    async fn a_read_only_database_is_waited_for() {
        let database = TestDatabase::empty();
        set_for_role(&database, "default_transaction_read_only = on");
        let error = store(&database).migrate().await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert!(error.to_string().contains("read-only"), "{error}");
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
