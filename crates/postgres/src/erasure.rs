//! Erasing users, and telling who was erased.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::Uuid;
use privet_application::StoreError;
use privet_application::erasure::{ErasureStore, Progress};
use privet_database::erasure::{Found, Remains, users};
use privet_database::{DbTime, DbUuid, erasure_queries};
use privet_domain::{Timestamp, UserId};

use crate::PostgresStore;
use crate::locks::lock_existence;
use crate::schema::erasures_under_way;

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
    let Remains { table, user, key } = remains;
    let key = key.join(", ");
    // The number is part of the text, so that the planner knows that these are few, and finds each by its key.
    let sql = format!(
        "DELETE FROM {table} WHERE ({key}) IN \
         (SELECT {key} FROM {table} WHERE {user} = $1 LIMIT {most} FOR UPDATE SKIP LOCKED)"
    );
    diesel::sql_query(sql)
        .bind::<Uuid, _>(user_id)
        .execute(connection)
}

fn is_left(connection: &mut PgConnection, remains: &Remains, user_id: DbUuid) -> QueryResult<bool> {
    let Remains { table, user, .. } = remains;
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {user} = $1) AS found");
    let answer: Found = diesel::sql_query(sql)
        .bind::<Uuid, _>(user_id)
        .get_result(connection)?;
    Ok(answer.found)
}

erasure_queries!(PgConnection);
