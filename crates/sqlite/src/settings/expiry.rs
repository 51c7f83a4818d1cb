//! Deleting history entries that are too old.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use privet_application::settings::retention::{ExpiredEntries, ExpiryBatch};
use privet_database::DbUuid;
use privet_database::rows::expiry::{EntryKey, ExpiryRange};

use crate::record::Recorded;

/// Deletes the old entries of a batch. They are no change of a user, so they cause no event.
pub(super) fn expire(
    connection: &mut SqliteConnection,
    batch: &ExpiryBatch,
) -> QueryResult<Recorded<ExpiredEntries>> {
    let last = last_of(connection, ExpiryRange::after(batch), batch.most)?;
    let range = ExpiryRange::new(batch, last);
    let deleted = delete(connection, &range)?;
    Ok(Recorded::unchanged(range.expired(deleted)))
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Binary)]
    user_id: DbUuid,
    #[diesel(sql_type = Binary)]
    id: DbUuid,
}

/// The last key of a batch of `most` entries; `None` if there are fewer. Reads the primary key only.
fn last_of(
    connection: &mut SqliteConnection,
    after: EntryKey,
    most: u32,
) -> QueryResult<Option<EntryKey>> {
    let others = most.saturating_sub(1);
    let row: Option<KeyRow> = diesel::sql_query(format!(
        "SELECT user_id, id FROM audit_log WHERE (user_id, id) > (?1, ?2) \
         ORDER BY user_id, id LIMIT 1 OFFSET {others}"
    ))
    .bind::<Binary, _>(after.user_id)
    .bind::<Binary, _>(after.id)
    .get_result(connection)
    .optional()?;
    Ok(row.map(|KeyRow { user_id, id }| EntryKey { user_id, id }))
}

/// The index by setting finds newer entries.
fn delete(connection: &mut SqliteConnection, range: &ExpiryRange) -> QueryResult<usize> {
    diesel::sql_query(
        "DELETE FROM audit_log AS old \
         WHERE (old.user_id, old.id) > (?1, ?2) AND (old.user_id, old.id) <= (?3, ?4) \
         AND old.occurred_at < ?5 \
         AND EXISTS (SELECT 1 FROM audit_log AS newer WHERE newer.user_id = old.user_id \
         AND newer.setting = old.setting AND newer.id > old.id)",
    )
    .bind::<Binary, _>(range.after.user_id)
    .bind::<Binary, _>(range.after.id)
    .bind::<Binary, _>(range.last.user_id)
    .bind::<Binary, _>(range.last.id)
    .bind::<BigInt, _>(range.before)
    .execute(connection)
}
