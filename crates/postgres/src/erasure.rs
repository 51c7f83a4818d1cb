//! Erasing users.

mod deletion;
mod receipts;
mod spread;

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::dsl::exists;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::accounts::erasure::{ErasureStart, ErasureStore, Progress};
use privet_application::user_events::UserEvent;
use privet_database::erasure::users as user_ids;
use privet_database::{DbTime, DbUuid};
use privet_domain::{Timestamp, UserId};

use crate::PostgresStore;
use crate::layout::Layout;
use crate::locks::lock_existence;
use crate::record::{Recorded, record};
use crate::schema::{erased_users, erasures_under_way, users};

use deletion::delete_batch;

/// The cost of a batch must not depend on the number of rows. Only a plain index scan stops after enough rows.
const SCAN_INDEXES: &str = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off";

#[async_trait]
impl ErasureStore for PostgresStore {
    async fn begin_erasure(&self, start: ErasureStart) -> Result<Progress, StoreError> {
        let (layout, key) = (self.layout.clone(), DbUuid::from(start.user_id));
        self.change_in_effect(
            move |connection| {
                let layout = layout.get();
                lock_existence(connection, key, layout)?;
                if layout.is_spread() {
                    return spread::begin(connection, start);
                }
                connection.batch_execute(SCAN_INDEXES)?;
                begin(connection, start)
            },
            move |connection, _| spread::is_in_effect(connection, key),
        )
        .await
    }

    async fn continue_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError> {
        let (layout, key) = (self.layout.clone(), DbUuid::from(user_id));
        self.change_in_effect(
            move |connection| {
                if layout.get().is_spread() {
                    spread::go_on(connection, user_id, now, most)
                } else {
                    go_on(connection, user_id, now, most)
                }
            },
            move |connection, progress| {
                Ok(*progress != Progress::Finished
                    || spread::is_not_erased(connection, key)?
                    || spread::is_in_effect(connection, key)?)
            },
        )
        .await
    }

    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError> {
        let ids = self
            .executor
            .read(move |connection| under_way(connection, most))
            .await?;
        Ok(user_ids(ids))
    }
}

/// The caller MUST prevent other transactions from creating the user, or rows about the user, until the transaction
/// ends. Changes of settings may run at the same time. The user's row is deleted before the audit entries, so that such
/// a change has either inserted its entries, which a batch deletes, or finds no row.
fn begin(connection: &mut PgConnection, start: ErasureStart) -> QueryResult<Recorded<Progress>> {
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
    delete_batch(connection, user_id, now, start.most, Layout::Whole)
}

fn go_on(
    connection: &mut PgConnection,
    user_id: UserId,
    now: Timestamp,
    most: u32,
) -> QueryResult<Recorded<Progress>> {
    let key = DbUuid::from(user_id);
    if claim(connection, key)? {
        connection.batch_execute(SCAN_INDEXES)?;
        delete_batch(connection, user_id, now, most, Layout::Whole)
    } else if is_under_way(connection, key, Layout::Whole)? {
        Ok(Recorded::unchanged(Progress::RowsHeld))
    } else {
        Ok(Recorded::unchanged(Progress::Finished))
    }
}

/// Inserts the tombstone and the row of `erasures_under_way`. Returns whether the tombstone is new.
fn leave_tombstone(
    connection: &mut PgConnection,
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

fn is_under_way(
    connection: &mut PgConnection,
    user_id: DbUuid,
    layout: Layout,
) -> QueryResult<bool> {
    let row = erasures_under_way::table.find(user_id);
    if layout.is_spread() {
        return Ok(row.count().get_result::<i64>(connection)? == 1);
    }
    diesel::select(exists(row)).get_result(connection)
}

/// Users whose erasures are in progress, oldest first.
fn under_way(connection: &mut PgConnection, most: u32) -> QueryResult<Vec<DbUuid>> {
    erasures_under_way::table
        .select(erasures_under_way::user_id)
        .order(erasures_under_way::begun_at)
        .limit(most.into())
        .load(connection)
}

/// Locks the erasure for this transaction. Returns false if another transaction has locked it, or if it has ended.
fn claim(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<bool> {
    let claimed: Option<DbUuid> = erasures_under_way::table
        .find(user_id)
        .select(erasures_under_way::user_id)
        .for_update()
        .skip_locked()
        .first(connection)
        .optional()?;
    Ok(claimed.is_some())
}
