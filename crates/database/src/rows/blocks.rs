//! Blocks as rows.

use diesel::Queryable;
use privet_domain::UserId;
use privet_domain::relationships::blocks::Block;

use crate::{DbTime, DbUuid};

/// A block of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `Block`")]
pub struct BlockRow {
    pub user_id: DbUuid,
    pub blocked_at: DbTime,
}

impl From<BlockRow> for Block {
    fn from(row: BlockRow) -> Self {
        Self {
            user_id: UserId::from_uuid(row.user_id.0),
            blocked_at: row.blocked_at.0,
        }
    }
}
