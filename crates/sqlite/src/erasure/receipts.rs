//! Erasure receipts: counting deleted rows, and the signed text.

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::accounts::receipts::{ReceiptStore, StoredReceipt};
use privet_database::DbUuid;
use privet_database::erasure::IsNotBeingErased;
use privet_database::rows::receipts::{DeletedRows, ReceiptRow};
use privet_domain::UserId;

use crate::SqliteStore;
use crate::record::Recorded;
use crate::schema::{erased_users, erasure_receipts};

#[async_trait]
impl ReceiptStore for SqliteStore {
    async fn find_receipt(&self, user_id: UserId) -> Result<Option<StoredReceipt>, StoreError> {
        let row = self
            .readers
            .read(move |connection| find(connection, user_id.into()))
            .await?;
        Ok(row.map(StoredReceipt::from))
    }

    async fn keep_receipt(
        &self,
        user_id: UserId,
        signed: &str,
    ) -> Result<Option<String>, StoreError> {
        let signed = signed.to_owned();
        self.change(move |connection| keep(connection, user_id, &signed))
            .await
    }
}

fn find(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<Option<ReceiptRow>> {
    let tombstone = erased_users::user_id.eq(erasure_receipts::user_id);
    erasure_receipts::table
        .inner_join(erased_users::table.on(tombstone))
        .filter(erasure_receipts::user_id.eq(user_id))
        .filter(IsNotBeingErased(erasure_receipts::user_id))
        .select((
            erased_users::erased_at,
            erasure_receipts::contacts,
            erasure_receipts::blocks,
            erasure_receipts::exceptions,
            erasure_receipts::follows,
            erasure_receipts::audit_entries,
            erasure_receipts::signed,
        ))
        .first(connection)
        .optional()
}

/// The user is erased already, so nothing is recorded.
fn keep(
    connection: &mut SqliteConnection,
    user_id: UserId,
    signed: &str,
) -> QueryResult<Recorded<Option<String>>> {
    let user_id = DbUuid::from(user_id);
    let unsigned = erasure_receipts::table
        .find(user_id)
        .filter(erasure_receipts::signed.is_null());
    diesel::update(unsigned)
        .set(erasure_receipts::signed.eq(signed))
        .execute(connection)?;
    let kept: Option<Option<String>> = erasure_receipts::table
        .find(user_id)
        .select(erasure_receipts::signed)
        .first(connection)
        .optional()?;
    Ok(Recorded::unchanged(kept.flatten()))
}

/// Begins to count the deleted rows of a user.
pub(super) fn begin(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<()> {
    diesel::insert_into(erasure_receipts::table)
        .values((
            erasure_receipts::user_id.eq(user_id),
            erasure_receipts::contacts.eq(0_i64),
            erasure_receipts::blocks.eq(0_i64),
            erasure_receipts::exceptions.eq(0_i64),
            erasure_receipts::follows.eq(0_i64),
            erasure_receipts::audit_entries.eq(0_i64),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .map(drop)
}

/// Adds deleted rows to the user's receipt, if there is one. MUST be called after the changes of other tables.
pub(super) fn count(
    connection: &mut SqliteConnection,
    user_id: DbUuid,
    deleted: DeletedRows,
) -> QueryResult<()> {
    if deleted.is_empty() {
        return Ok(());
    }
    diesel::update(erasure_receipts::table.find(user_id))
        .set((
            erasure_receipts::contacts.eq(erasure_receipts::contacts + deleted.contacts),
            erasure_receipts::blocks.eq(erasure_receipts::blocks + deleted.blocks),
            erasure_receipts::exceptions.eq(erasure_receipts::exceptions + deleted.exceptions),
            erasure_receipts::follows.eq(erasure_receipts::follows + deleted.follows),
            erasure_receipts::audit_entries
                .eq(erasure_receipts::audit_entries + deleted.audit_entries),
        ))
        .execute(connection)
        .map(drop)
}
