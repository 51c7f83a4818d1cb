//! Looks of the product's staff as rows.

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::administration::support::OwnedCounts;
use privet_domain::settings::looks::{Look, SupportReason};
use privet_domain::{RequestId, UserId};

use crate::errors::UnreadableRow;
use crate::{DbTime, DbUuid};

/// A row of `support_looks`, in the order of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `Look`")]
pub struct LookRow {
    pub user_id: DbUuid,
    pub id: DbUuid,
    pub actor_id: DbUuid,
    pub occurred_at: DbTime,
    pub reason: String,
    pub request_id: String,
}

impl From<&Look> for LookRow {
    fn from(look: &Look) -> Self {
        Self {
            user_id: look.user_id.into(),
            id: DbUuid(look.id),
            actor_id: look.actor_id.into(),
            occurred_at: DbTime(look.occurred_at),
            reason: look.reason.as_str().to_owned(),
            request_id: look.request_id.as_str().to_owned(),
        }
    }
}

impl TryFrom<LookRow> for Look {
    type Error = UnreadableRow;

    fn try_from(row: LookRow) -> Result<Self, UnreadableRow> {
        Ok(Self {
            id: row.id.0,
            user_id: UserId::from_uuid(row.user_id.0),
            actor_id: UserId::from_uuid(row.actor_id.0),
            occurred_at: row.occurred_at.0,
            reason: SupportReason::parse(&row.reason).map_err(|_| UnreadableRow("reason"))?,
            request_id: RequestId::parse(&row.request_id)
                .map_err(|_| UnreadableRow("request_id"))?,
        })
    }
}

/// Converts the rows.
pub fn looks(rows: Vec<LookRow>) -> Result<Vec<Look>, StoreError> {
    rows.into_iter()
        .map(|row| Look::try_from(row).map_err(StoreError::from))
        .collect()
}

/// Converts the numbers of contacts, blocks and exceptions.
#[must_use]
pub fn owned_counts([contacts, blocks, exceptions]: [i64; 3]) -> OwnedCounts {
    // The lists are bounded.
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    OwnedCounts {
        contacts: number(contacts),
        blocks: number(blocks),
        exceptions: number(exceptions),
    }
}
