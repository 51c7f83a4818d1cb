//! Common types of contacts, blocks and follows: results of writes, errors, and pages of lists.

use privet_domain::{Timestamp, UserId};
use uuid::Uuid;

use crate::StoreError;
use crate::paging::cut;

/// One of the two users of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The actor.
    Actor,
    /// The other user.
    Other,
}

/// The result of adding a user to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added<T> {
    /// The user is new in the list.
    New(T),
    /// The user was already in the list; nothing changed.
    Stood(T),
    /// One of the two is erased. Nothing was stored.
    Erased(Party),
}

/// Why a call about another user failed.
#[derive(Debug, thiserror::Error)]
pub enum RelationshipError {
    /// The caller was erased meanwhile.
    #[error("the account has been erased")]
    CallerErased,
    /// There is no such user, contact, block or follow, or the caller may not know about it.
    #[error("not found")]
    NotFound,
    /// The caller may not see this.
    #[error("the caller may not see this")]
    Hidden,
    /// The request was already accepted.
    #[error("the request was already accepted")]
    AlreadyAccepted,
    /// The store failed; after [`StoreError::Unavailable`] a change may or may not have been made.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Party> for RelationshipError {
    fn from(erased: Party) -> Self {
        match erased {
            Party::Actor => Self::CallerErased,
            Party::Other => Self::NotFound,
        }
    }
}

impl<T> Added<T> {
    /// The same with another type of entry.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Added<U> {
        match self {
            Self::New(item) => Added::New(form(item)),
            Self::Stood(item) => Added::Stood(form(item)),
            Self::Erased(party) => Added::Erased(party),
        }
    }

    /// The entry, and whether it is new.
    pub fn into_result(self) -> Result<(T, bool), RelationshipError> {
        match self {
            Self::New(item) => Ok((item, true)),
            Self::Stood(item) => Ok((item, false)),
            Self::Erased(party) => Err(party.into()),
        }
    }
}

/// A position in a list that is sorted by time, newest first, and then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The time of the item at this position.
    pub at: Timestamp,
    /// The id of that item, or of its user.
    pub id: Uuid,
}

/// A requested page of a user's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListQuery {
    /// The owner.
    pub owner: UserId,
    /// Only items after this position: older, or equally old with a smaller id.
    pub behind: Option<Position>,
    /// The maximum number of items.
    pub limit: u32,
}

impl ListQuery {
    /// The same with one more item, to know whether there is another page.
    pub(crate) const fn with_one_more(self) -> Self {
        Self {
            limit: self.limit + 1,
            ..self
        }
    }
}

/// A page of a list. Items that are added or removed elsewhere do not move items between pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPart<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// The start of the next page; `None` on the last page.
    pub next: Option<Position>,
}

impl<T> ListPart<T> {
    /// Splits what [`ListQuery::with_one_more`] found.
    pub(crate) fn cut(items: Vec<T>, limit: u32, position: impl Fn(&T) -> Position) -> Self {
        let (items, next) = cut(items, limit, position);
        Self { items, next }
    }
}
