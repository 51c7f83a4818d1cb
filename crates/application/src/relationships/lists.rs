//! What contacts, blocks and follows have in common: how writing one can end, and their lists.

use privet_domain::{Timestamp, UserId};
use uuid::Uuid;

use crate::StoreError;
use crate::paging::cut;

/// One of the two users of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// Who acts.
    Actor,
    /// Whom they act on.
    Other,
}

/// How adding somebody to a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added<T> {
    /// They were not on it.
    New(T),
    /// They were on it before, and are as they were.
    Stood(T),
    /// One of the two was erased. Nothing was stored.
    Erased(Party),
}

/// Why nothing became of a call about somebody else.
#[derive(Debug, thiserror::Error)]
pub enum RelationshipError {
    /// The caller was erased in the meantime.
    #[error("the account has been erased")]
    CallerErased,
    /// There is no such user, contact, block or follow, or none that the caller may know of.
    #[error("there is none")]
    NotFound,
    /// The caller may not see this.
    #[error("not for the caller's eyes")]
    Hidden,
    /// The request was accepted before.
    #[error("the request was accepted before")]
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
    /// The same with another form of what stands.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Added<U> {
        match self {
            Self::New(item) => Added::New(form(item)),
            Self::Stood(item) => Added::Stood(form(item)),
            Self::Erased(party) => Added::Erased(party),
        }
    }

    /// What stands, and whether it is new.
    pub fn into_result(self) -> Result<(T, bool), RelationshipError> {
        match self {
            Self::New(item) => Ok((item, true)),
            Self::Stood(item) => Ok((item, false)),
            Self::Erased(party) => Err(party.into()),
        }
    }
}

/// A place in a list that is ordered newest first, by time and, within the same time, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The time of the item that stands there.
    pub at: Timestamp,
    /// The id of that item, or of the user it is about.
    pub id: Uuid,
}

/// Which part of a user's list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose list.
    pub owner: UserId,
    /// Only what stands behind this place: older, or as old with a smaller id.
    pub behind: Option<Position>,
    /// At most so many items.
    pub limit: u32,
}

impl ListQuery {
    /// The same with room for one item more, which tells whether another part follows.
    pub(crate) const fn with_one_more(self) -> Self {
        Self {
            limit: self.limit + 1,
            ..self
        }
    }
}

/// A part of a list. What is added or taken away elsewhere in the list moves nothing from one part into
/// another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPart<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Where the next part begins; `None` behind the last.
    pub next: Option<Position>,
}

impl<T> ListPart<T> {
    /// Takes what was found by [`ListQuery::with_one_more`].
    pub(crate) fn cut(items: Vec<T>, limit: u32, position: impl Fn(&T) -> Position) -> Self {
        let (items, next) = cut(items, limit, position);
        Self { items, next }
    }
}
