//! The feed of changes. `crate::record` adds to it.
//!
//! Every change counts as a transaction of its own, with the number of the change as the number of the transaction. All
//! positions have the form of [`FeedPosition::after`], except [`FeedPosition::FIRST`].

mod retention;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::Binary;
use privet_application::StoreError;
use privet_application::changes::{ChangeStore, Feed, FeedPart};
use privet_database::DbUuid;
use privet_database::rows::changes::{ChangeRow, column, number, part};
use privet_domain::Timestamp;
use privet_domain::changes::cursor::FeedPosition;
use privet_domain::changes::{Change, ChangeKind, ChangeKinds, ChangedUser};

use crate::SqliteStore;
use crate::record::{Recorded, tell};
use crate::schema::{changes, feed};

#[async_trait]
impl ChangeStore for SqliteStore {
    async fn changes_after(&self, after: FeedPosition, most: u32) -> Result<FeedPart, StoreError> {
        if let Some(part) = self.read_feed(after, most).await? {
            return Ok(part);
        }
        let identity = self.file.identity().to_owned();
        self.change(move |connection| begin_epoch(connection, &identity))
            .await?;
        let part = self.read_feed(after, most).await?;
        part.ok_or_else(|| StoreError::internal("the epoch of the feed is that of another file"))
    }

    async fn forget_changes(&self, before: Timestamp, most: u32) -> Result<bool, StoreError> {
        self.change(move |connection| retention::forget(connection, before, most))
            .await
    }

    async fn catalogue_changed(&self, fingerprint: i64, now: Timestamp) -> Result<(), StoreError> {
        self.change(move |connection| catalogue_changed(connection, fingerprint, now))
            .await
    }
}

impl SqliteStore {
    /// `None` if the epoch is that of another file.
    async fn read_feed(
        &self,
        after: FeedPosition,
        most: u32,
    ) -> Result<Option<FeedPart>, StoreError> {
        let identity = self.file.identity().to_owned();
        self.feed
            .read(move |connection| {
                // All statements share one snapshot.
                connection.transaction(|connection| read(connection, &identity, after, most))
            })
            .await
    }
}

fn read(
    connection: &mut SqliteConnection,
    identity: &str,
    after: FeedPosition,
    most: u32,
) -> QueryResult<Option<FeedPart>> {
    let (epoch, belongs_to, earliest): (DbUuid, String, i64) = feed::table
        .select((feed::epoch, feed::belongs_to, feed::earliest))
        .get_result(connection)?;
    if belongs_to != identity {
        return Ok(None);
    }
    let newest: Option<i64> = changes::table
        .select(max(changes::number))
        .get_result(connection)?;
    let feed = Feed {
        epoch: epoch.0,
        earliest: position(earliest),
        reached: position(newest.unwrap_or(earliest)),
        waiting_since: None,
    };
    let rows = changes_after(connection, column(after.transaction), most)?;
    Ok(Some(part(feed, rows, most)))
}

/// At most `most` changes, and the next one. An emptied row is no change.
fn changes_after(
    connection: &mut SqliteConnection,
    after: i64,
    most: u32,
) -> QueryResult<impl Iterator<Item = (FeedPosition, ChangeRow)>> {
    let rows: Vec<(i64, ChangeRow)> = changes::table
        .filter(changes::number.gt(after))
        .filter(changes::kinds.ne(0_i16))
        .order(changes::number)
        .limit(i64::from(most).saturating_add(1))
        .select((
            changes::number,
            (changes::at, changes::user_id, changes::kinds),
        ))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(number, row)| (position(number), row)))
}

/// The position after the change with this number.
fn position(change: i64) -> FeedPosition {
    match number(change) {
        0 => FeedPosition::FIRST,
        change => FeedPosition::after(change),
    }
}

/// Begins an epoch, unless another call has begun it.
fn begin_epoch(connection: &mut SqliteConnection, identity: &str) -> QueryResult<Recorded<()>> {
    let belongs_to: String = feed::table
        .select(feed::belongs_to)
        .get_result(connection)?;
    if belongs_to == identity {
        return Ok(Recorded::unchanged(()));
    }
    // Their numbers may repeat.
    diesel::delete(changes::table).execute(connection)?;
    diesel::update(feed::table)
        .set((
            feed::epoch.eq(sql::<Binary>("randomblob(16)")),
            feed::belongs_to.eq(identity),
            feed::earliest.eq(0_i64),
        ))
        .execute(connection)?;
    Ok(Recorded::unchanged(()))
}

/// The first catalogue of a database is no change.
fn catalogue_changed(
    connection: &mut SqliteConnection,
    fingerprint: i64,
    now: Timestamp,
) -> QueryResult<Recorded<()>> {
    let last: Option<i64> = feed::table.select(feed::catalogue).get_result(connection)?;
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
