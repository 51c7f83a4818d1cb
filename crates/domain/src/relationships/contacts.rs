//! Contacts. Two users are mutual contacts while both have added each other.

use crate::{Timestamp, UserId};

/// The most contacts that a user may have.
pub const MOST_CONTACTS: u32 = 10_000;

/// A contact as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// The user whom the owner added.
    pub user_id: UserId,
    /// Whether that user has added the owner too, when the contact was read.
    pub mutual: bool,
    /// Whether the owner marked them as a close friend. They never learn of it.
    pub close_friend: bool,
    /// When the owner added the user.
    pub added_at: Timestamp,
}
