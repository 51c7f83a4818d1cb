//! Blocks as rows.

use diesel::Queryable;
use privet_domain::UserId;
use privet_domain::blocks::Block;

use crate::{DbTime, DbUuid};

/// A block as the one who blocked sees it.
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

/// Makes the functions that read and change blocks on this kind of connection. Needs Diesel's prelude and
/// the adapter's own `crate::schema`.
#[macro_export]
macro_rules! block_queries {
    ($connection:ty) => {
        $crate::pair_list_queries!(
            $connection,
            blocks(blocker_id, blocked_id, blocked_at),
            $crate::rows::blocks::BlockRow = (blocks::blocked_id, blocks::blocked_at)
        );

        fn add_block(
            connection: &mut $connection,
            pair: privet_domain::Pair,
            now: privet_domain::Timestamp,
        ) -> QueryResult<privet_application::relationships::Added<$crate::rows::blocks::BlockRow>> {
            use privet_application::relationships::Added;

            if let Some(party) = crate::erasure::erased_party(connection, pair)? {
                return Ok(Added::Erased(party));
            }
            let (row, is_new) = add_and_find(connection, pair, now)?;
            if !is_new {
                // It ended them when it was new, and has kept others from being made.
                return Ok(Added::Stood(row));
            }
            crate::relationships::follows::end_both_ways(connection, pair)?;
            Ok(Added::New(row))
        }
    };
}
