//! Bringing a database's tables to the form that this release expects.

use diesel::Connection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use privet_application::StoreError;

/// Runs the migrations that the database has not seen. The caller MUST see to it that nobody else does
/// so at the same time.
pub fn run_pending<C>(connection: &mut C, migrations: EmbeddedMigrations) -> Result<(), StoreError>
where
    C: Connection + MigrationHarness<C::Backend>,
{
    let versions = connection
        .run_pending_migrations(migrations)
        .map_err(StoreError::internal)?;
    // One line for all: a new database has them all to run, and what the reader looks for comes next.
    if let Some(newest) = versions.last() {
        tracing::info!(migrations = versions.len(), %newest, "the database was migrated");
    }
    Ok(())
}
