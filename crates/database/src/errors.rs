//! What a database's error means to the application: away for now, or wrong.

use diesel::result::{DatabaseErrorKind, Error};
use privet_application::StoreError;

/// A value in the database that the domain refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the column {0} holds a value that the domain refuses")]
pub struct UnreadableRow(pub &'static str);

impl From<UnreadableRow> for StoreError {
    fn from(error: UnreadableRow) -> Self {
        Self::internal(error)
    }
}

/// How the messages begin, or what they hold, of failures that pass by themselves or when somebody
/// makes room. Diesel keeps no code of most errors, so that the text is all there is. A PostgreSQL
/// server that answers in another language than English has lost connections recognised all the same
/// (by their state), but not these.
const PASSING: [&str; 20] = [
    // PostgreSQL: classes 53 and 57, and 40P01, 55P03.
    "terminating connection",
    "canceling statement",
    "the database system is",
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "deadlock detected",
    "could not obtain lock",
    "could not extend file",
    "No space left on device",
    // Too many locks at once, of whomever.
    "out of shared memory",
    // A standby, where only the text is known.
    "in a read-only transaction",
    // Both.
    "out of memory",
    // SQLite: BUSY, LOCKED, FULL, IOERR, READONLY, CANTOPEN, PROTOCOL.
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "disk I/O error",
    "attempt to write a readonly database",
    "unable to open database file",
    "locking protocol",
];

/// What the application is told of a Diesel error.
#[must_use]
pub fn store_error(error: Error) -> StoreError {
    if passes(&error) {
        StoreError::unavailable(error)
    } else {
        StoreError::internal(error)
    }
}

/// Whether the error says that its connection is of no use any more. A server that takes no changes
/// (any more, after a failover) counts: another connection may reach the one that does.
#[must_use]
pub fn loses_connection(error: &Error) -> bool {
    match error {
        Error::DatabaseError(kind, _) => matches!(
            kind,
            DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ReadOnlyTransaction
        ),
        Error::RollbackErrorOnCommit { .. } | Error::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Whether a message tells of a failure that passes by itself or when somebody makes room.
#[must_use]
pub fn passes_by_itself(message: &str) -> bool {
    PASSING.iter().any(|text| message.contains(text))
}

fn passes(error: &Error) -> bool {
    match error {
        Error::RollbackErrorOnCommit { commit_error, .. } => passes(commit_error),
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            passes_by_itself(information.message())
        }
        other => loses_connection(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database_error(kind: DatabaseErrorKind, message: &str) -> StoreError {
        store_error(Error::DatabaseError(kind, Box::new(message.to_owned())))
    }

    #[test]
    fn what_passes_by_itself_is_unavailable() {
        for (kind, message) in [
            (DatabaseErrorKind::ClosedConnection, ""),
            (DatabaseErrorKind::UnableToSendCommand, ""),
            (DatabaseErrorKind::SerializationFailure, ""),
            (DatabaseErrorKind::ReadOnlyTransaction, ""),
            (DatabaseErrorKind::Unknown, "database is locked"),
            (DatabaseErrorKind::Unknown, "database or disk is full"),
            (DatabaseErrorKind::Unknown, "out of shared memory"),
            (
                DatabaseErrorKind::Unknown,
                "terminating connection due to administrator command",
            ),
        ] {
            let error = database_error(kind, message);
            assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        }
    }

    #[test]
    fn a_commit_that_failed_for_lack_of_room_is_unavailable() {
        let error = store_error(Error::RollbackErrorOnCommit {
            rollback_error: Box::new(Error::NotInTransaction),
            commit_error: Box::new(Error::DatabaseError(
                DatabaseErrorKind::Unknown,
                Box::new("database or disk is full".to_owned()),
            )),
        });
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }

    #[test]
    fn everything_else_is_internal() {
        for (kind, message) in [
            (DatabaseErrorKind::CheckViolation, "out of memory"),
            (DatabaseErrorKind::UniqueViolation, ""),
            (
                DatabaseErrorKind::Unknown,
                "relation \"users\" does not exist",
            ),
        ] {
            let error = database_error(kind, message);
            assert!(matches!(error, StoreError::Internal(_)), "{error}");
        }
        assert!(matches!(
            store_error(Error::NotFound),
            StoreError::Internal(_)
        ));
    }
}
