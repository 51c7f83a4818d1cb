//! Erasing users, and telling who was erased.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};
use privet_application::StoreError;
use privet_application::erasure::{ErasureStore, Progress};
use privet_database::erasure::{Found, Remains, users};
use privet_database::rows::follows::EndedFollow;
use privet_database::{DbFollowStatus, DbTime, DbUuid, erasure_queries};
use privet_domain::{Timestamp, UserId};

use crate::SqliteStore;
use crate::connection::write_transaction;
use crate::relationships::follows::change_counts;

#[async_trait]
impl ErasureStore for SqliteStore {
    async fn begin_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError> {
        let (user_id, now) = (DbUuid::from(user_id), DbTime(now));
        self.writer
            .write(move |connection| {
                write_transaction(connection, |connection| {
                    begin(connection, user_id, now, most)
                })
            })
            .await
    }

    async fn continue_erasure(&self, user_id: UserId, most: u32) -> Result<Progress, StoreError> {
        let user_id = DbUuid::from(user_id);
        self.writer
            .write(move |connection| {
                write_transaction(connection, |connection| {
                    if is_under_way(connection, user_id)? {
                        delete_batch(connection, user_id, most)
                    } else {
                        Ok(Progress::Finished)
                    }
                })
            })
            .await
    }

    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError> {
        let ids = self
            .readers
            .read(move |connection| under_way(connection, most))
            .await?;
        Ok(users(ids))
    }

    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.readers
            .read(move |connection| is_erased(connection, user_id.into()))
            .await
    }
}

/// How many rows were deleted: up to `most`.
fn delete_some(
    connection: &mut SqliteConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<usize> {
    diesel::sql_query(deletion(remains, most))
        .bind::<Binary, _>(user_id)
        .execute(connection)
}

#[derive(QueryableByName)]
struct EndedRow {
    #[diesel(sql_type = Binary)]
    follower_id: DbUuid,
    #[diesel(sql_type = Binary)]
    following_id: DbUuid,
    #[diesel(sql_type = Text)]
    status: DbFollowStatus,
}

/// The same of follows, and what they were.
fn delete_follows(
    connection: &mut SqliteConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<EndedFollow>> {
    let sql = deletion(remains, most) + " RETURNING follower_id, following_id, status";
    let rows: Vec<EndedRow> = diesel::sql_query(sql)
        .bind::<Binary, _>(user_id)
        .load(connection)?;
    let ended = rows.into_iter().map(|row| EndedFollow {
        follower_id: UserId::from_uuid(row.follower_id.0),
        following_id: UserId::from_uuid(row.following_id.0),
        status: row.status.0,
    });
    Ok(ended.collect())
}

fn deletion(Remains { table, user, key }: &Remains, most: usize) -> String {
    let [first, second] = key;
    // In the order of the table where that needs no sorting, so that a batch writes few pages of it.
    let order = if user == first {
        format!("ORDER BY {second} ")
    } else {
        String::new()
    };
    format!(
        "DELETE FROM {table} WHERE ({first}, {second}) IN \
         (SELECT {first}, {second} FROM {table} WHERE {user} = ? {order}LIMIT {most})"
    )
}

fn is_left(
    connection: &mut SqliteConnection,
    remains: &Remains,
    user_id: DbUuid,
) -> QueryResult<bool> {
    let Remains { table, user, .. } = remains;
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {user} = ?) AS found");
    let answer: Found = diesel::sql_query(sql)
        .bind::<Binary, _>(user_id)
        .get_result(connection)?;
    Ok(answer.found)
}

erasure_queries!(SqliteConnection);
