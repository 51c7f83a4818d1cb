//! What can go wrong behind the ports, in terms that no store and no protocol owns.

use std::error::Error;

type Cause = Box<dyn Error + Send + Sync>;

/// A store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store is away, full, too slow or too busy. Trying again later makes sense; whether a change
    /// was made is not known.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] Cause),
    /// The store answered something that it never should.
    #[error("the database answered unexpectedly: {0}")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// The store is away, full, too slow or too busy.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// The store answered something that it never should.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

/// A user's row could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The account was erased; nothing brings it back.
    #[error("the account has been erased")]
    Erased,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What the caller said must stand no longer stands. Nothing changed.
    #[error("the resource has another version")]
    PreconditionFailed,
    /// The account was erased; nothing brings it back.
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
