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
const PASSING: [(&str, Reason); 28] = [
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
    // A distributed PostgreSQL, where the nodes wait for each other, or one of them is away.
    ("involved in a distributed deadlock", Reason::Busy),
    (NODE_MAY_HAVE_COMMITTED, Reason::Unreachable),
    ("failed to prepare transaction", Reason::Unreachable),
    (
        "failure on connection marked as essential",
        Reason::Unreachable,
    ),
    // The same about a connection that was lost during a statement. It passes on what libpq says.
    (
        "server closed the connection unexpectedly",
        Reason::Unreachable,
    ),
    ("could not receive data from server", Reason::Unreachable),
    ("could not send data to server", Reason::Unreachable),
    ("no connection to the server", Reason::Unreachable),
    // SQLite: BUSY, LOCKED, FULL, IOERR, READONLY, CANTOPEN, PROTOCOL.
    ("database is locked", Reason::Busy),
    ("database table is locked", Reason::Busy),
    ("database or disk is full", Reason::DiskFull),
    ("disk I/O error", Reason::DiskError),
    ("attempt to write a readonly database", Reason::ReadOnly),
    ("unable to open database file", Reason::Unreachable),
    ("locking protocol", Reason::Busy),
];

/// The start of the message of a distributed PostgreSQL that does not know whether the only node that changed rows has
/// committed.
const NODE_MAY_HAVE_COMMITTED: &str = "could not commit transaction for shard";

/// The start of the messages of a distributed PostgreSQL (class 08) about the connection to one of its nodes. The
/// connection to the server that was called stays usable.
const NODE_AWAY: [&str; 4] = [
    "could not establish any connections to the node",
    "connection to the remote node",
    "connection establishment for node",
    "the total number of connections on the server",
];

fn is_of_other_node(message: &str) -> bool {
    NODE_AWAY.iter().any(|text| message.starts_with(text))
}

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
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, information)
            if is_of_other_node(information.message()) =>
        {
            false
        }
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

/// Whether a change that failed with this error may still take effect: the server that executes it was not heard of any
/// more, or a node that takes part.
#[must_use]
pub fn leaves_outcome_open(error: &Error) -> bool {
    let is_of_other_node = match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, information) => {
            is_of_other_node(information.message())
        }
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            information.message().starts_with(NODE_MAY_HAVE_COMMITTED)
        }
        _ => false,
    };
    is_of_other_node || loses_connection(error)
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
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => Some(Reason::Unreachable),
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
    fn a_node_that_is_away_makes_the_store_unavailable_and_loses_no_connection() {
        for message in [
            "could not establish any connections to the node 10.0.0.7:5432 after 30000 ms",
            "connection to the remote node privet@10.0.0.7:5432 failed with the following error: Connection refused",
            "connection to the remote node privet@10.0.0.7:5432 failed",
            "connection establishment for node 10.0.0.7:5432 failed",
        ] {
            let information = Box::new(message.to_owned());
            let error = Error::DatabaseError(DatabaseErrorKind::ClosedConnection, information);
            assert!(!loses_connection(&error), "{message}");
            assert!(leaves_outcome_open(&error), "{message}");
            assert_eq!(store_error(error).reason(), Some(Reason::Unreachable));
        }
        for (message, reason) in [
            (
                "canceling the transaction since it was involved in a distributed deadlock",
                Reason::Busy,
            ),
            (
                "failed to prepare transaction 'citus_0_1_2_3' on host 10.0.0.7:5432",
                Reason::Unreachable,
            ),
            (
                "failure on connection marked as essential: 10.0.0.7:5432",
                Reason::Unreachable,
            ),
            (
                "server closed the connection unexpectedly\n\tThis probably means",
                Reason::Unreachable,
            ),
        ] {
            let error = database_error(DatabaseErrorKind::Unknown, message);
            assert_eq!(error.reason(), Some(reason), "{message}");
        }
    }

    #[test]
    fn a_change_that_a_node_may_have_committed_may_take_effect() {
        let error = |message: &str| {
            Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
        };
        let unknown =
            error("could not commit transaction for shard 102008 on at least one active node");
        assert!(leaves_outcome_open(&unknown));
        assert!(!loses_connection(&unknown));
        assert_eq!(store_error(unknown).reason(), Some(Reason::Unreachable));
        let prepared = "failed to prepare transaction 'citus_0_1_2_3' on host 10.0.0.7:5432";
        assert!(!leaves_outcome_open(&error(prepared)));
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
