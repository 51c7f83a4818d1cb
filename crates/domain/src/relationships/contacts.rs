//! Contacts: whom a user knows. Two users are mutual contacts while both have added each other.

use crate::{Timestamp, UserId};

/// The most contacts that a user may have.
pub const MOST_CONTACTS: u32 = 10_000;

/// A contact as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// Whom the owner added.
    pub user_id: UserId,
    /// Whether they have added the owner, too, as of the reading.
    pub mutual: bool,
    /// Whether the owner marked them as a close friend. They never learn of it.
    pub close_friend: bool,
    /// When the owner added them.
    pub added_at: Timestamp,
}
