//! The migrations of the tables, and running them.

use std::time::Duration;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use privet_application::StoreError;
use privet_database::{Connector, migrations, run_unbounded};

use crate::SqliteStore;
use crate::connection::WriteConnector;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// No other process has the file open. Only this process's readers may hold a lock for a moment.
const PATIENCE: Duration = Duration::from_secs(30);

impl SqliteStore {
    /// Runs the pending migrations, without a time limit.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connector = WriteConnector::new(self.file.path(), PATIENCE);
        run_unbounded("migration", move || {
            let (mut connection, ()) = connector.connect()?;
            migrations::run_pending(&mut connection, MIGRATIONS)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use diesel::{Connection, SqliteConnection};
    use diesel_migrations::MigrationHarness;

    use super::*;

    #[test]
    fn every_migration_can_be_reverted_and_repeated() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let all = connection.run_pending_migrations(MIGRATIONS).unwrap().len();
        let reverted = connection.revert_all_migrations(MIGRATIONS).unwrap().len();
        assert_eq!(reverted, all);
        let again = connection.run_pending_migrations(MIGRATIONS).unwrap();
        assert_eq!(again.len(), all);
    }
}
