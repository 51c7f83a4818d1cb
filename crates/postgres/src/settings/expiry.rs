//! Deleting history entries that are too old.

use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid};
use privet_application::settings::retention::{ExpiredEntries, ExpiryBatch};
use privet_database::DbUuid;
use privet_database::rows::expiry::{EntryKey, ExpiryRange};

use crate::layout::Layout;
use crate::record::Recorded;

/// Deletes the old entries of a batch. They are no change of a user, so they cause no event.
pub(super) fn expire(
    connection: &mut PgConnection,
    batch: &ExpiryBatch,
    layout: Layout,
) -> QueryResult<Recorded<ExpiredEntries>> {
    let last = last_of(connection, ExpiryRange::after(batch), batch.most)?;
    let range = ExpiryRange::new(batch, last);
    let deleted = match layout {
        Layout::Whole => delete(connection, &range, batch.most)?,
        Layout::Spread => delete_spread(connection, &range, batch.most)?,
    };
    Ok(Recorded::unchanged(range.expired(deleted)))
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Uuid)]
    user_id: DbUuid,
    #[diesel(sql_type = Uuid)]
    id: DbUuid,
}

/// The last key of a batch of `most` entries; `None` if there are fewer. Reads the primary key only.
fn last_of(
    connection: &mut PgConnection,
    after: EntryKey,
    most: u32,
) -> QueryResult<Option<EntryKey>> {
    let others = most.saturating_sub(1);
    let row: Option<KeyRow> = diesel::sql_query(format!(
        "SELECT user_id, id FROM audit_log WHERE (user_id, id) > ($1, $2) \
         ORDER BY user_id, id LIMIT 1 OFFSET {others}"
    ))
    .bind::<Uuid, _>(after.user_id)
    .bind::<Uuid, _>(after.id)
    .get_result(connection)
    .optional()?;
    Ok(row.map(|KeyRow { user_id, id }| EntryKey { user_id, id }))
}

/// Skips rows that another transaction has locked: it deletes them. The limit, the order and the scalar subquery let the
/// planner expect few rows, and find each by an index.
fn delete(connection: &mut PgConnection, range: &ExpiryRange, most: u32) -> QueryResult<usize> {
    diesel::sql_query(format!(
        "DELETE FROM audit_log WHERE (user_id, id) IN (SELECT old.user_id, old.id FROM audit_log AS old \
         WHERE (old.user_id, old.id) > ($1, $2) AND (old.user_id, old.id) <= ($3, $4) \
         AND old.occurred_at < $5 \
         AND (SELECT newer.id FROM audit_log AS newer WHERE newer.user_id = old.user_id \
         AND newer.setting = old.setting AND newer.id > old.id LIMIT 1) IS NOT NULL \
         ORDER BY old.user_id, old.id LIMIT {most} FOR UPDATE SKIP LOCKED)"
    ))
    .bind::<Uuid, _>(range.after.user_id)
    .bind::<Uuid, _>(range.after.id)
    .bind::<Uuid, _>(range.last.user_id)
    .bind::<Uuid, _>(range.last.id)
    .bind::<Timestamptz, _>(range.before)
    .execute(connection)
}

/// The same on a distributed database: each node finds the entries that it has, and then each deletes its own. A
/// statement that changes rows of several nodes waits for others of its kind, and so takes part in no deadlock with
/// them; an erasure does not wait for locked entries. An id is that of one user only.
fn delete_spread(
    connection: &mut PgConnection,
    range: &ExpiryRange,
    most: u32,
) -> QueryResult<usize> {
    let old: Vec<KeyRow> = diesel::sql_query(format!(
        "SELECT old.user_id, old.id FROM audit_log AS old \
         WHERE (old.user_id, old.id) > ($1, $2) AND (old.user_id, old.id) <= ($3, $4) \
         AND old.occurred_at < $5 \
         AND EXISTS (SELECT 1 FROM audit_log AS newer WHERE newer.user_id = old.user_id \
         AND newer.setting = old.setting AND newer.id > old.id) \
         ORDER BY old.user_id, old.id LIMIT {most}"
    ))
    .bind::<Uuid, _>(range.after.user_id)
    .bind::<Uuid, _>(range.after.id)
    .bind::<Uuid, _>(range.last.user_id)
    .bind::<Uuid, _>(range.last.id)
    .bind::<Timestamptz, _>(range.before)
    .load(connection)?;
    if old.is_empty() {
        return Ok(0);
    }
    let (user_ids, ids): (Vec<_>, Vec<_>) =
        old.into_iter().map(|row| (row.user_id, row.id)).unzip();
    diesel::sql_query("DELETE FROM audit_log WHERE user_id = ANY ($1) AND id = ANY ($2)")
        .bind::<Array<Uuid>, _>(user_ids)
        .bind::<Array<Uuid>, _>(ids)
        .execute(connection)
}
