//! Erasing users.

mod deletion;
mod receipts;

use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::accounts::erasure::{ErasureStart, ErasureStore, Progress};
use privet_application::user_events::UserEvent;
use privet_database::erasure::users as user_ids;
use privet_database::{DbTime, DbUuid};
use privet_domain::{Timestamp, UserId};

use crate::SqliteStore;
use crate::record::{Recorded, record};
use crate::schema::{erased_users, erasures_under_way, users};

use deletion::delete_batch;

#[async_trait]
impl ErasureStore for SqliteStore {
    async fn begin_erasure(&self, start: ErasureStart) -> Result<Progress, StoreError> {
        self.change(move |connection| begin(connection, start))
            .await
    }

    async fn continue_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError> {
        self.change(move |connection| {
            if is_under_way(connection, user_id.into())? {
                delete_batch(connection, user_id, now, most)
            } else {
                Ok(Recorded::unchanged(Progress::Finished))
            }
        })
        .await
    }

    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError> {
        let ids = self
            .readers
            .read(move |connection| under_way(connection, most))
            .await?;
        Ok(user_ids(ids))
    }
}

/// MUST run in a transaction. No other change runs at the same time, because only one connection writes.
fn begin(
    connection: &mut SqliteConnection,
    start: ErasureStart,
) -> QueryResult<Recorded<Progress>> {
    let ErasureStart {
        user_id, at, now, ..
    } = start;
    let is_new = leave_tombstone(connection, user_id, at)?;
    let key = DbUuid::from(user_id);
    if is_new && start.has_receipt {
        receipts::begin(connection, key)?;
    }
    diesel::delete(users::table.find(key)).execute(connection)?;
    if is_new {
        record(connection, &[UserEvent::erased(user_id, now)])?;
    }
    delete_batch(connection, user_id, now, start.most)
}

/// Inserts the tombstone and the row of `erasures_under_way`. Returns whether the tombstone is new.
fn leave_tombstone(
    connection: &mut SqliteConnection,
    user_id: UserId,
    at: Timestamp,
) -> QueryResult<bool> {
    let (user_id, at) = (DbUuid::from(user_id), DbTime(at));
    let left = diesel::insert_into(erased_users::table)
        .values((
            erased_users::user_id.eq(user_id),
            erased_users::erased_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    diesel::insert_into(erasures_under_way::table)
        .values((
            erasures_under_way::user_id.eq(user_id),
            erasures_under_way::begun_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(left == 1)
}

fn is_under_way(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<bool> {
    diesel::select(exists(erasures_under_way::table.find(user_id))).get_result(connection)
}

/// Users whose erasures are in progress, oldest first.
fn under_way(connection: &mut SqliteConnection, most: u32) -> QueryResult<Vec<DbUuid>> {
    erasures_under_way::table
        .select(erasures_under_way::user_id)
        .order(erasures_under_way::begun_at)
        .limit(most.into())
        .load(connection)
}
