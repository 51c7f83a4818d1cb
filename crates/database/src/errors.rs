//! Classifies database errors: the store is temporarily unavailable, or the error is internal.

use diesel::result::{DatabaseErrorKind, Error};
use privet_application::{StoreError, UnavailableReason as Reason};

/// A value in the database that the domain refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the column {0} holds a value that the domain refuses")]
pub struct UnreadableRow(pub &'static str);

impl From<UnreadableRow> for StoreError {
    fn from(error: UnreadableRow) -> Self {
        Self::internal(error)
    }
}

/// The start, or a part, of the messages of temporary failures, and why each makes the store unavailable. The texts are
/// compared because Diesel keeps the code of few errors. If a PostgreSQL server answers in another language than
/// English, lost connections are still recognised (by the connection's state), but these failures are not.
const PASSING: [(&str, Reason); 20] = [
    // PostgreSQL: classes 53 and 57, and 40P01, 55P03.
    ("terminating connection", Reason::Unreachable),
    ("canceling statement", Reason::Timeout),
    ("the database system is", Reason::Unreachable),
    ("too many clients", Reason::Busy),
    ("too many connections", Reason::Busy),
    ("remaining connection slots", Reason::Busy),
    ("deadlock detected", Reason::Busy),
    ("could not obtain lock", Reason::Busy),
    ("could not extend file", Reason::DiskFull),
    ("No space left on device", Reason::DiskFull),
    // The lock table is full. Other transactions may hold the locks.
    ("out of shared memory", Reason::Busy),
    // From a standby. Diesel has only the text of this error.
    ("in a read-only transaction", Reason::ReadOnly),
    // Both databases.
    ("out of memory", Reason::Busy),
    // SQLite: BUSY, LOCKED, FULL, IOERR, READONLY, CANTOPEN, PROTOCOL.
    ("database is locked", Reason::Busy),
    ("database table is locked", Reason::Busy),
    ("database or disk is full", Reason::DiskFull),
    ("disk I/O error", Reason::DiskError),
    ("attempt to write a readonly database", Reason::ReadOnly),
    ("unable to open database file", Reason::Unreachable),
    ("locking protocol", Reason::Busy),
];

/// Converts a Diesel error into the error for the application.
#[must_use]
pub fn store_error(error: Error) -> StoreError {
    match unavailable_reason(&error) {
        Some(reason) => StoreError::unavailable_because(reason, error),
        None => StoreError::internal(error),
    }
}

/// Whether the connection cannot be used after this error. A server that has become read-only (after a failover)
/// counts, because another connection may reach the primary.
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

/// Why a failure with this message makes the store unavailable; `None` if the failure is not temporary.
#[must_use]
pub fn passing_reason(message: &str) -> Option<Reason> {
    let found = PASSING.iter().find(|(text, _)| message.contains(text));
    found.map(|(_, reason)| *reason)
}

/// Why the store is unavailable; `None` if the error is not temporary.
#[must_use]
pub fn unavailable_reason(error: &Error) -> Option<Reason> {
    match error {
        Error::RollbackErrorOnCommit { commit_error, .. } => unavailable_reason(commit_error),
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Some(Reason::Busy),
        Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => Some(Reason::ReadOnly),
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            passing_reason(information.message())
        }
        other => loses_connection(other).then_some(Reason::Unreachable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database_error(kind: DatabaseErrorKind, message: &str) -> StoreError {
        store_error(Error::DatabaseError(kind, Box::new(message.to_owned())))
    }

    #[test]
    fn temporary_failures_are_unavailable_with_a_reason() {
        for (kind, message, reason) in [
            (DatabaseErrorKind::ClosedConnection, "", Reason::Unreachable),
            (
                DatabaseErrorKind::UnableToSendCommand,
                "",
                Reason::Unreachable,
            ),
            (DatabaseErrorKind::SerializationFailure, "", Reason::Busy),
            (DatabaseErrorKind::ReadOnlyTransaction, "", Reason::ReadOnly),
            (
                DatabaseErrorKind::Unknown,
                "database is locked",
                Reason::Busy,
            ),
            (
                DatabaseErrorKind::Unknown,
                "database or disk is full",
                Reason::DiskFull,
            ),
            (
                DatabaseErrorKind::Unknown,
                "disk I/O error",
                Reason::DiskError,
            ),
            (
                DatabaseErrorKind::Unknown,
                "out of shared memory",
                Reason::Busy,
            ),
            (
                DatabaseErrorKind::Unknown,
                "attempt to write a readonly database",
                Reason::ReadOnly,
            ),
            (
                DatabaseErrorKind::Unknown,
                "could not extend file \"base/5/1\": No space left on device",
                Reason::DiskFull,
            ),
            (
                DatabaseErrorKind::Unknown,
                "canceling statement due to statement timeout",
                Reason::Timeout,
            ),
            (
                DatabaseErrorKind::Unknown,
                "terminating connection due to administrator command",
                Reason::Unreachable,
            ),
        ] {
            let error = database_error(kind, message);
            assert_eq!(error.reason(), Some(reason), "{error}");
        }
    }

    #[test]
    fn a_commit_that_failed_on_a_full_disk_is_unavailable() {
        let error = store_error(Error::RollbackErrorOnCommit {
            rollback_error: Box::new(Error::NotInTransaction),
            commit_error: Box::new(Error::DatabaseError(
                DatabaseErrorKind::Unknown,
                Box::new("database or disk is full".to_owned()),
            )),
        });
        assert_eq!(error.reason(), Some(Reason::DiskFull), "{error}");
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
