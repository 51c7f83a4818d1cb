//! Erasure receipts as rows, and the counting of deleted rows.

use diesel::Queryable;
use privet_application::accounts::receipts::{DeletedCounts, StoredReceipt};

use crate::DbTime;

/// A kind of rows that a receipt counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnRows {
    /// Contacts.
    Contacts,
    /// Blocks.
    Blocks,
    /// Exceptions.
    Exceptions,
    /// Follows and requests that the user asked for.
    Follows,
    /// Audit entries.
    AuditEntries,
}

/// The numbers of rows that a transaction deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the columns are the kinds of rows")]
pub struct DeletedRows {
    pub contacts: i64,
    pub blocks: i64,
    pub exceptions: i64,
    pub follows: i64,
    pub audit_entries: i64,
}

impl DeletedRows {
    /// Adds deleted rows of this kind.
    pub fn add(&mut self, kind: OwnRows, rows: usize) {
        let number = match kind {
            OwnRows::Contacts => &mut self.contacts,
            OwnRows::Blocks => &mut self.blocks,
            OwnRows::Exceptions => &mut self.exceptions,
            OwnRows::Follows => &mut self.follows,
            OwnRows::AuditEntries => &mut self.audit_entries,
        };
        *number = number.saturating_add(i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// Whether no rows were deleted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A receipt: the time of the tombstone, the counts, and the signed text.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `StoredReceipt`")]
pub struct ReceiptRow {
    pub erased_at: DbTime,
    pub contacts: i64,
    pub blocks: i64,
    pub exceptions: i64,
    pub follows: i64,
    pub audit_entries: i64,
    pub signed: Option<String>,
}

impl From<ReceiptRow> for StoredReceipt {
    fn from(row: ReceiptRow) -> Self {
        // The database refuses counts below zero.
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        Self {
            erased_at: row.erased_at.0,
            deleted: DeletedCounts {
                contacts: number(row.contacts),
                blocks: number(row.blocks),
                exceptions: number(row.exceptions),
                follows: number(row.follows),
                audit_entries: number(row.audit_entries),
            },
            signed: row.signed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_by_kind() {
        let mut deleted = DeletedRows::default();
        assert!(deleted.is_empty());
        for (kind, rows) in [
            (OwnRows::Contacts, 1),
            (OwnRows::Blocks, 2),
            (OwnRows::Exceptions, 3),
            (OwnRows::Follows, 4),
            (OwnRows::AuditEntries, 5),
            (OwnRows::AuditEntries, 6),
        ] {
            deleted.add(kind, rows);
        }
        let expected = DeletedRows {
            contacts: 1,
            blocks: 2,
            exceptions: 3,
            follows: 4,
            audit_entries: 11,
        };
        assert_eq!(deleted, expected);
    }
}
