//! Runs migrations.

use std::error::Error;

use diesel::Connection;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use privet_application::StoreError;

use crate::errors::{passing_reason, store_error};

/// Runs the migrations that were not applied yet. The caller MUST ensure that no other process does so at the same
/// time. Each migration is a transaction, so that this can be called again after [`StoreError::Unavailable`]. Logs a
/// warning if migrations were applied that this release does not know.
pub fn run_pending<C>(connection: &mut C, migrations: EmbeddedMigrations) -> Result<(), StoreError>
where
    C: Connection + MigrationHarness<C::Backend>,
{
    let known = MigrationSource::<C::Backend>::migrations(&migrations);
    let known = known.map_err(StoreError::internal)?;
    let known: Vec<_> = known.iter().map(|known| known.name().version()).collect();
    let result = connection
        .run_pending_migrations(migrations)
        .map(|versions| {
            // One log line for all migrations, because a new database needs all of them.
            if let Some(newest) = versions.last() {
                tracing::info!(migrations = versions.len(), %newest, "the database was migrated");
            }
        });
    let applied = result.and_then(|()| connection.applied_migrations());
    match applied {
        Ok(applied) => {
            warn_of_newer(&applied, &known);
            Ok(())
        }
        Err(error) => {
            let is_lost = connection.batch_execute("SELECT 1").is_err();
            Err(migration_error(error, is_lost))
        }
    }
}

fn warn_of_newer(applied: &[MigrationVersion<'static>], known: &[MigrationVersion<'_>]) {
    if let Some(newest) = newest_unknown(applied, known) {
        tracing::warn!(
            %newest,
            "the database was migrated by a newer release of Privet: update this one, or restore a backup of before"
        );
    }
}

/// Diesel returns only the text of the error of a statement in a migration.
fn migration_error(error: Box<dyn Error + Send + Sync>, is_lost: bool) -> StoreError {
    let error = match error.downcast::<diesel::result::Error>() {
        Ok(error) if is_lost => return StoreError::unavailable(error),
        Ok(error) => return store_error(*error),
        Err(error) => error,
    };
    match passing_reason(&error.to_string()) {
        Some(reason) => StoreError::unavailable_because(reason, error),
        None if is_lost => StoreError::unavailable(error),
        None => StoreError::internal(error),
    }
}

/// The newest applied migration that this release does not have.
fn newest_unknown<'a>(
    applied: &'a [MigrationVersion<'static>],
    known: &[MigrationVersion<'_>],
) -> Option<&'a MigrationVersion<'static>> {
    let unknown = applied.iter().filter(|version| !known.contains(version));
    unknown.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unknown_migrations_make_a_database_newer() {
        let versions = |names: &[&str]| -> Vec<MigrationVersion<'static>> {
            let names = names.iter();
            names.map(|name| (*name).to_owned().into()).collect()
        };
        let known = versions(&["1", "2"]);
        assert_eq!(newest_unknown(&versions(&["2", "1"]), &known), None);
        assert_eq!(newest_unknown(&versions(&["1"]), &known), None);
        let newer = versions(&["4", "1", "3", "2"]);
        assert_eq!(newest_unknown(&newer, &known), Some(&newer[0]));
    }
}
