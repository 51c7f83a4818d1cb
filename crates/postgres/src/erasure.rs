//! Erasing users, and telling who was erased.

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Uuid};
use privet_application::StoreError;
use privet_application::erasure::{ErasureStore, Progress};
use privet_database::erasure::{Found, Remains, users};
use privet_database::rows::follows::{CountChange, CountChanges, EndedFollow};
use privet_database::{DbFollowStatus, DbTime, DbUuid, erasure_queries};
use privet_domain::{Timestamp, UserId};

use crate::PostgresStore;
use crate::locks::lock_existence;
use crate::schema::erasures_under_way;

/// A batch shall cost the same however many rows there are: only a plain scan of an index stops when it has found
/// enough of them.
const SCAN_INDEXES: &str = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off";

#[async_trait]
impl ErasureStore for PostgresStore {
    async fn begin_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError> {
        let (user_id, now) = (DbUuid::from(user_id), DbTime(now));
        self.executor
            .write(move |connection| {
                connection.transaction(|connection| {
                    lock_existence(connection, user_id)?;
                    connection.batch_execute(SCAN_INDEXES)?;
                    begin(connection, user_id, now, most)
                })
            })
            .await
    }

    async fn continue_erasure(&self, user_id: UserId, most: u32) -> Result<Progress, StoreError> {
        let user_id = DbUuid::from(user_id);
        self.executor
            .write(move |connection| {
                connection.transaction(|connection| {
                    if claim(connection, user_id)? {
                        connection.batch_execute(SCAN_INDEXES)?;
                        delete_batch(connection, user_id, most)
                    } else if is_under_way(connection, user_id)? {
                        Ok(Progress::RowsHeld)
                    } else {
                        Ok(Progress::Finished)
                    }
                })
            })
            .await
    }

    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError> {
        let ids = self
            .executor
            .read(move |connection| under_way(connection, most))
            .await?;
        Ok(users(ids))
    }

    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.executor
            .read(move |connection| is_erased(connection, user_id.into()))
            .await
    }
}

/// Whether this transaction alone is at the erasure: false where another one is, or where it is finished.
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

/// How many rows were deleted: up to `most`. Passes over rows that another transaction has locked. Whoever
/// waits for none while it holds others takes part in no deadlock.
fn delete_some(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<usize> {
    diesel::sql_query(deletion(remains, most))
        .bind::<Uuid, _>(user_id)
        .execute(connection)
}

#[derive(QueryableByName)]
struct EndedRow {
    #[diesel(sql_type = Uuid)]
    follower_id: DbUuid,
    #[diesel(sql_type = Uuid)]
    following_id: DbUuid,
    #[diesel(sql_type = Text)]
    status: DbFollowStatus,
}

/// The same of follows, and what they were.
fn delete_follows(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<EndedFollow>> {
    let sql = deletion(remains, most) + " RETURNING follower_id, following_id, status";
    let rows: Vec<EndedRow> = diesel::sql_query(sql)
        .bind::<Uuid, _>(user_id)
        .load(connection)?;
    let ended = rows.into_iter().map(|row| EndedFollow {
        follower_id: UserId::from_uuid(row.follower_id.0),
        following_id: UserId::from_uuid(row.following_id.0),
        status: row.status.0,
    });
    Ok(ended.collect())
}

// The number is part of the text, so that the planner knows that these are few, and finds each by its key.
fn deletion(Remains { table, user, key }: &Remains, most: usize) -> String {
    let key = key.join(", ");
    format!(
        "DELETE FROM {table} WHERE ({key}) IN \
         (SELECT {key} FROM {table} WHERE {user} = $1 LIMIT {most} FOR UPDATE SKIP LOCKED)"
    )
}

fn is_left(connection: &mut PgConnection, remains: &Remains, user_id: DbUuid) -> QueryResult<bool> {
    let Remains { table, user, .. } = remains;
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {user} = $1) AS found");
    let answer: Found = diesel::sql_query(sql)
        .bind::<Uuid, _>(user_id)
        .get_result(connection)?;
    Ok(answer.found)
}

/// Changes the counts of many users. Whoever is well known has one row that many change: two statements hold it for
/// less long than one for each user would.
fn change_counts(connection: &mut PgConnection, changes: &CountChanges) -> QueryResult<()> {
    let (users, changes): (Vec<DbUuid>, Vec<CountChange>) = changes.by_user().unzip();
    if users.is_empty() {
        return Ok(());
    }
    let numbers = |of: fn(&CountChange) -> i64| changes.iter().map(of).collect::<Vec<_>>();
    diesel::sql_query(
        "SELECT count(*) FROM (SELECT FROM follow_counts WHERE user_id = ANY ($1) \
         ORDER BY user_id FOR UPDATE) AS held",
    )
    .bind::<Array<Uuid>, _>(&users)
    .execute(connection)?;
    diesel::sql_query(
        "UPDATE follow_counts AS kept SET followers = kept.followers + change.followers, \
         following = kept.following + change.following, \
         requests_received = kept.requests_received + change.requests_received \
         FROM unnest($1, $2, $3, $4) AS change (user_id, followers, following, requests_received) \
         WHERE kept.user_id = change.user_id",
    )
    .bind::<Array<Uuid>, _>(&users)
    .bind::<Array<BigInt>, _>(numbers(|change| change.followers))
    .bind::<Array<BigInt>, _>(numbers(|change| change.following))
    .bind::<Array<BigInt>, _>(numbers(|change| change.requests_received))
    .execute(connection)
    .map(drop)
}

erasure_queries!(PgConnection);
