//! Errors of ports, independent of stores and protocols.

use std::error::Error;
use std::fmt;

use privet_domain::catalogue::SettingsLocked;

type Cause = Box<dyn Error + Send + Sync>;

/// Why a store is unavailable. The names are the same in logs, spans and documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnavailableReason {
    /// No connection can be made, or it was lost.
    Unreachable,
    /// The server refuses the user, the password, the database name or the kind of connection. Waiting does not
    /// help.
    LoginRefused,
    /// No answer in time.
    Timeout,
    /// There is no room for a change.
    DiskFull,
    /// The disk reports errors.
    DiskError,
    /// The store accepts no writes.
    ReadOnly,
    /// The locks or all connections are in use.
    Busy,
}

impl UnavailableReason {
    /// All causes.
    pub const ALL: [Self; 7] = [
        Self::Unreachable,
        Self::LoginRefused,
        Self::Timeout,
        Self::DiskFull,
        Self::DiskError,
        Self::ReadOnly,
        Self::Busy,
    ];

    /// The value of the attribute `error.type` (OpenTelemetry).
    #[must_use]
    pub const fn error_type(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::LoginRefused => "login_refused",
            Self::Timeout => "timeout",
            Self::DiskFull => "disk_full",
            Self::DiskError => "disk_error",
            Self::ReadOnly => "read_only",
            Self::Busy => "busy",
        }
    }
}

impl fmt::Display for UnavailableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "database unreachable",
            Self::LoginRefused => "database login refused",
            Self::Timeout => "database timeout",
            Self::DiskFull => "database disk full",
            Self::DiskError => "database disk error",
            Self::ReadOnly => "database read-only",
            Self::Busy => "database busy",
        })
    }
}

/// Why a store is unavailable.
#[derive(Debug, thiserror::Error)]
#[error("{reason}: {}", in_one_line(.cause))]
pub struct Unavailable {
    /// The cause in one word.
    pub reason: UnavailableReason,
    /// The message of the store.
    #[source]
    cause: Cause,
}

impl Unavailable {
    /// Whether the store's own error is a `T`.
    #[must_use]
    pub fn is_caused_by<T: Error + 'static>(&self) -> bool {
        self.cause.is::<T>()
    }
}

/// An error of a store. Its text is always one line.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store is down, full, too slow or too busy. A later attempt may succeed; a change may or may not have
    /// been made.
    #[error("{0}")]
    Unavailable(#[source] Unavailable),
    /// An unexpected answer of the store.
    #[error("the database answered unexpectedly: {}", in_one_line(.0))]
    Internal(#[source] Cause),
}

impl StoreError {
    /// The store cannot be reached.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::unavailable_because(UnavailableReason::Unreachable, cause)
    }

    /// The store is unavailable for this cause.
    pub fn unavailable_because(reason: UnavailableReason, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        Self::Unavailable(Unavailable { reason, cause })
    }

    /// An unexpected answer of the store.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// The same error for another caller. Of the cause only the text is kept.
    #[must_use]
    pub fn repeated(&self) -> Self {
        match self {
            Self::Unavailable(Unavailable { reason, cause }) => {
                Self::unavailable_because(*reason, cause.to_string())
            }
            Self::Internal(cause) => Self::internal(cause.to_string()),
        }
    }

    /// The cause if the store is unavailable; `None` for an unexpected answer.
    #[must_use]
    pub fn reason(&self) -> Option<UnavailableReason> {
        match self {
            Self::Unavailable(unavailable) => Some(unavailable.reason),
            Self::Internal(_) => None,
        }
    }

    /// The value of the attribute `error.type` (OpenTelemetry).
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        self.reason()
            .map_or("internal", UnavailableReason::error_type)
    }
}

/// A message as one line: messages of libpq have several.
#[must_use]
pub fn in_one_line(message: &impl ToString) -> String {
    let message = message.to_string();
    let words: Vec<&str> = message.split_whitespace().collect();
    words.join(" ")
}

/// A user's row could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The account is erased, permanently.
    #[error("the account has been erased")]
    Erased,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// A condition of the caller does not hold. Nothing changed.
    #[error("the resource has another version")]
    PreconditionFailed,
    /// A layer of the catalogue forbids a value. Nothing changed.
    #[error(transparent)]
    Locked(#[from] SettingsLocked),
    /// The account is erased, permanently.
    #[error("the account has been erased")]
    Erased,
    /// The store failed; after [`StoreError::Unavailable`] the change may or may not have been made.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LoadError> for ChangeError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Erased => Self::Erased,
            LoadError::Store(error) => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_and_a_type_of_its_own() {
        let words = UnavailableReason::ALL.map(|reason| reason.to_string());
        let types = UnavailableReason::ALL.map(UnavailableReason::error_type);
        for (index, reason) in UnavailableReason::ALL.iter().enumerate() {
            assert_eq!(
                words.iter().position(|each| *each == words[index]),
                Some(index)
            );
            assert_eq!(
                types.iter().position(|each| *each == types[index]),
                Some(index)
            );
            assert!(words[index].starts_with("database "), "{reason}");
        }
    }

    #[test]
    fn a_cause_of_several_lines_is_told_in_one() {
        let cause = "server closed the connection\n\tThis probably means\r\n that it ended.\n";
        for error in [StoreError::unavailable(cause), StoreError::internal(cause)] {
            let told = error.to_string();
            let expected = ": server closed the connection This probably means that it ended.";
            assert!(told.ends_with(expected), "{told}");
        }
    }
}
