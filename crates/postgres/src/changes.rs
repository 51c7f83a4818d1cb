//! The feed of changes. `crate::record` adds to it.

mod reading;
#[cfg(test)]
mod tests;
mod under_way;

use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid};
use privet_application::StoreError;
use privet_application::changes::{ChangeStore, FeedPart};
use privet_database::DbTime;
use privet_database::rows::changes::{OldChanges, old_changes};
use privet_domain::Timestamp;
use privet_domain::changes::cursor::FeedPosition;
use privet_domain::changes::{Change, ChangeKind, ChangeKinds, ChangedUser};

use crate::PostgresStore;
use crate::layout::Layout;
use crate::record::{Recorded, tell};
use crate::schema::feed;
use reading::{Reading, read};
use under_way::oldest_under_way;

/// The server, its timeline and the database, as text. Numbers of transactions do not repeat as long as it stays the
/// same: a restored or promoted server has another timeline.
const IDENTITY: &str = "(SELECT system_identifier FROM pg_control_system())::text || '/' \
    || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' \
    || (SELECT oid FROM pg_database WHERE datname = current_database())::text";

/// Whether the end of every transaction that has ended is on disk. A server that fails uses the numbers of those that are
/// not for other transactions. Only a transaction that was given up ends before it is on disk.
const IS_ON_DISK: &str = "pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()";

#[async_trait]
impl ChangeStore for PostgresStore {
    async fn changes_after(&self, after: FeedPosition, most: u32) -> Result<FeedPart, StoreError> {
        if let Reading::Part(part) = self.read_feed(after, most).await? {
            return Ok(part);
        }
        self.change(begin_epoch).await?;
        match self.read_feed(after, most).await? {
            Reading::Part(part) => Ok(part),
            Reading::OtherDatabase => Err(StoreError::unavailable(
                "the database became another one while an epoch of the feed began",
            )),
        }
    }

    async fn forget_changes(&self, before: Timestamp, most: u32) -> Result<bool, StoreError> {
        let layout = self.layout.clone();
        self.change(move |connection| forget(connection, before, most, layout.get()))
            .await
    }

    async fn catalogue_changed(&self, fingerprint: i64, now: Timestamp) -> Result<(), StoreError> {
        self.change(move |connection| catalogue_changed(connection, fingerprint, now))
            .await
    }
}

impl PostgresStore {
    async fn read_feed(&self, after: FeedPosition, most: u32) -> Result<Reading, StoreError> {
        let layout = self.layout.clone();
        self.feed
            .read(move |connection| read(connection, after, most, layout.get()))
            .await
    }
}

/// Begins an epoch, unless another process has begun it.
fn begin_epoch(connection: &mut PgConnection) -> QueryResult<Recorded<()>> {
    let identity: String =
        diesel::select(sql::<Text>(&format!("({IDENTITY})"))).get_result(connection)?;
    let belongs_to: String = feed::table
        .select(feed::belongs_to)
        .for_update()
        .get_result(connection)?;
    if belongs_to == identity {
        return Ok(Recorded::unchanged(()));
    }
    // Waits for the changes that are under way. Numbers of their transactions may be those of old rows.
    diesel::sql_query("TRUNCATE changes").execute(connection)?;
    diesel::update(feed::table)
        .set((
            feed::epoch.eq(sql::<Uuid>("gen_random_uuid()")),
            feed::belongs_to.eq(identity),
            feed::earliest_transaction.eq(0_i64),
            feed::earliest_number.eq(0_i64),
        ))
        .execute(connection)?;
    Ok(Recorded::unchanged(()))
}

/// The number of a transaction, and that of a change.
type Key = (i64, i64);

/// Deletes old changes. The row of the feed is locked, so that one process at a time deletes.
fn forget(
    connection: &mut PgConnection,
    before: Timestamp,
    most: u32,
    layout: Layout,
) -> QueryResult<Recorded<bool>> {
    let earliest: Key = feed::table
        .select((feed::earliest_transaction, feed::earliest_number))
        .for_update()
        .get_result(connection)?;
    let first = first_changes(connection, earliest, most, layout)?;
    let Some(OldChanges { last, has_more }) = old_changes(&first, before, most) else {
        return Ok(Recorded::unchanged(false));
    };
    delete(connection, earliest, last)?;
    diesel::update(feed::table)
        .set((
            feed::earliest_transaction.eq(last.0),
            feed::earliest_number.eq(last.1),
        ))
        .execute(connection)?;
    Ok(Recorded::unchanged(has_more))
}

#[derive(QueryableByName)]
struct FirstChange {
    #[diesel(sql_type = BigInt)]
    transaction: i64,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Timestamptz)]
    at: DbTime,
}

/// The first changes after this one, and the next one. A change that cannot be told yet is not among them.
fn first_changes(
    connection: &mut PgConnection,
    after: Key,
    most: u32,
    layout: Layout,
) -> QueryResult<Vec<(Key, DbTime)>> {
    let oldest = oldest_under_way(layout);
    let rows: Vec<FirstChange> = diesel::sql_query(format!(
        "SELECT transaction, number, at FROM changes \
         WHERE (transaction, number) > ($1, $2) AND transaction < {oldest} \
         ORDER BY transaction, number LIMIT $3"
    ))
    .bind::<BigInt, _>(after.0)
    .bind::<BigInt, _>(after.1)
    .bind::<BigInt, _>(i64::from(most).saturating_add(1))
    .load(connection)?;
    let keyed = rows
        .into_iter()
        .map(|row| ((row.transaction, row.number), row.at));
    Ok(keyed.collect())
}

/// Deletes the changes after this one, up to the last one. Names the first one, too, so that the index entries of rows
/// that were deleted earlier are not read.
fn delete(connection: &mut PgConnection, after: Key, last: Key) -> QueryResult<usize> {
    diesel::sql_query(
        "DELETE FROM changes \
         WHERE (transaction, number) > ($1, $2) AND (transaction, number) <= ($3, $4)",
    )
    .bind::<BigInt, _>(after.0)
    .bind::<BigInt, _>(after.1)
    .bind::<BigInt, _>(last.0)
    .bind::<BigInt, _>(last.1)
    .execute(connection)
}

/// The row of the feed is locked, so that one of several processes adds the change. The first catalogue of a database
/// is no change.
fn catalogue_changed(
    connection: &mut PgConnection,
    fingerprint: i64,
    now: Timestamp,
) -> QueryResult<Recorded<()>> {
    let last: Option<i64> = feed::table
        .select(feed::catalogue)
        .for_update()
        .get_result(connection)?;
    if last == Some(fingerprint) {
        return Ok(Recorded::unchanged(()));
    }
    diesel::update(feed::table)
        .set(feed::catalogue.eq(fingerprint))
        .execute(connection)?;
    let change = Change {
        user: ChangedUser::All,
        kinds: ChangeKinds::of([ChangeKind::Catalogue]),
        at: now,
    };
    tell(connection, last.map(|_| change))
}
