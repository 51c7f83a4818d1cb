//! Blocks. A block deletes follows and requests between the two users; contacts remain.

use crate::{Timestamp, UserId};

/// A block as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The blocked user.
    pub user_id: UserId,
    /// When the user was blocked.
    pub blocked_at: Timestamp,
}
