//! Blocks: whom a user wants nothing to do with. A block ends follows and requests between the two;
//! contacts stay.

use crate::{Timestamp, UserId};

/// The most users whom a user may block.
pub const MOST_BLOCKS: u32 = 10_000;

/// A block as the one who blocked sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Who is blocked.
    pub user_id: UserId,
    /// Since when.
    pub blocked_at: Timestamp,
}
