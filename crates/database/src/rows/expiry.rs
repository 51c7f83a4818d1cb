//! The bounds of a batch of history entries to look at, and what it deleted.

use diesel::Queryable;
use privet_application::settings::retention::{EntryPosition, ExpiredEntries, ExpiryBatch};
use privet_domain::UserId;
use uuid::Uuid;

use crate::{DbTime, DbUuid};

/// The key of an entry, in the order of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct EntryKey {
    /// The user.
    pub user_id: DbUuid,
    /// The id of the entry.
    pub id: DbUuid,
}

impl From<EntryPosition> for EntryKey {
    fn from(position: EntryPosition) -> Self {
        Self {
            user_id: position.user_id.into(),
            id: DbUuid(position.id),
        }
    }
}

/// A batch of entries: after one key, up to and including another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryRange {
    /// No entry of the batch.
    pub after: EntryKey,
    /// The last entry of the batch.
    pub last: EntryKey,
    /// Entries from before this time are too old.
    pub before: DbTime,
    is_full: bool,
}

impl ExpiryRange {
    /// The key before the first entry of the batch. No entry has the least key.
    #[must_use]
    pub fn after(batch: &ExpiryBatch) -> EntryKey {
        let least = EntryKey {
            user_id: DbUuid(Uuid::nil()),
            id: DbUuid(Uuid::nil()),
        };
        batch.after.map_or(least, EntryKey::from)
    }

    /// The range of a batch. `last` is its last entry if it has the maximum number of entries.
    #[must_use]
    pub fn new(batch: &ExpiryBatch, last: Option<EntryKey>) -> Self {
        let greatest = EntryKey {
            user_id: DbUuid(Uuid::max()),
            id: DbUuid(Uuid::max()),
        };
        Self {
            after: Self::after(batch),
            last: last.unwrap_or(greatest),
            before: DbTime(batch.before),
            is_full: last.is_some(),
        }
    }

    /// The result of the batch.
    #[must_use]
    pub fn expired(&self, deleted: usize) -> ExpiredEntries {
        let last = EntryPosition {
            user_id: UserId::from_uuid(self.last.user_id.0),
            id: self.last.id.0,
        };
        ExpiredEntries {
            deleted: deleted as u64,
            last: self.is_full.then_some(last),
        }
    }
}
