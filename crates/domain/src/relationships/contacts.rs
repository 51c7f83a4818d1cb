//! Contacts: whom a user knows. Two users are mutual contacts while both have added each other.

use crate::{Timestamp, UserId};

/// A contact as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// Whom the owner added.
    pub user_id: UserId,
    /// Whether they have added the owner, too, as of the reading.
    pub mutual: bool,
    /// When the owner added them.
    pub added_at: Timestamp,
}
