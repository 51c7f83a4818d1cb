//! Contacts. Two users are mutual contacts while both have added each other.

use crate::{Timestamp, UserId};

/// A contact as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// The user whom the owner added.
    pub user_id: UserId,
    /// Whether that user has added the owner too, when the contact was read.
    pub mutual: bool,
    /// When the owner added the user.
    pub added_at: Timestamp,
}
