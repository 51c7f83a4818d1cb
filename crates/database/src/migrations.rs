//! Bringing a database's tables to the form that this release expects.

use std::error::Error;

use diesel::Connection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use privet_application::StoreError;

use crate::errors::{passes_by_itself, store_error};

/// Runs the migrations that the database has not seen. The caller MUST see to it that nobody else does
/// so at the same time. Each is a transaction: after [`StoreError::Unavailable`] it can be called again.
pub fn run_pending<C>(connection: &mut C, migrations: EmbeddedMigrations) -> Result<(), StoreError>
where
    C: Connection + MigrationHarness<C::Backend>,
{
    let error = match connection.run_pending_migrations(migrations) {
        Ok(versions) => {
            // One line for all: a new database has them all to run, and what the reader looks for comes next.
            if let Some(newest) = versions.last() {
                tracing::info!(migrations = versions.len(), %newest, "the database was migrated");
            }
            return Ok(());
        }
        Err(error) => error,
    };
    let is_lost = connection.batch_execute("SELECT 1").is_err();
    Err(migration_error(error, is_lost))
}

/// Of a statement that failed within a migration, Diesel hands out no more than the text.
fn migration_error(error: Box<dyn Error + Send + Sync>, is_lost: bool) -> StoreError {
    match error.downcast::<diesel::result::Error>() {
        Ok(error) if is_lost => StoreError::unavailable(error),
        Ok(error) => store_error(*error),
        Err(error) if is_lost || passes_by_itself(&error.to_string()) => {
            StoreError::unavailable(error)
        }
        Err(error) => StoreError::internal(error),
    }
}
