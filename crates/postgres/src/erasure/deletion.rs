//! Deleting the rows of an erased user in batches.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Uuid};
use privet_application::accounts::erasure::Progress;
use privet_database::erasure::{FOLLOWS, Found, REMAINS, Remains};
use privet_database::rows::follows::{CountChange, CountChanges, EndedFollow};
use privet_database::{DbFollowStatus, DbUuid};
use privet_domain::UserId;

use crate::schema::{erasures_under_way, follow_counts};

/// Deletes up to `most` rows, and with the last of them the note that the erasure is under way.
pub(super) fn delete_batch(
    connection: &mut PgConnection,
    user_id: DbUuid,
    most: u32,
) -> QueryResult<Progress> {
    let mut room = most as usize;
    for remains in &REMAINS {
        let deleted = delete_some(connection, remains, user_id, room)?;
        room = room.saturating_sub(deleted);
        if room == 0 {
            return Ok(Progress::RowsLeft);
        }
    }
    if end_follows(connection, user_id, room)? >= room {
        return Ok(Progress::RowsLeft);
    }
    for remains in REMAINS.iter().chain(&FOLLOWS) {
        if is_left(connection, remains, user_id)? {
            return Ok(Progress::RowsHeld);
        }
    }
    finish(connection, user_id)?;
    Ok(Progress::Finished)
}

/// Deletes up to `most` follows, takes them out of the counts of others, and answers how many there were.
fn end_follows(connection: &mut PgConnection, user_id: DbUuid, most: usize) -> QueryResult<usize> {
    let mut ended = Vec::new();
    for remains in &FOLLOWS {
        let most = most.saturating_sub(ended.len());
        ended.append(&mut delete_follows(connection, remains, user_id, most)?);
    }
    // Once for both, and last: see `CountChanges::by_user`.
    let user = UserId::from_uuid(user_id.0);
    change_counts(connection, &CountChanges::erased(user, &ended))?;
    Ok(ended.len())
}

/// MUST be called when no follow is left: then no other transaction can change the user's counts any more.
fn finish(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<()> {
    // The note first: of two transactions that get here for one user, the other one waits for it, and holds
    // no counts of the user meanwhile.
    diesel::delete(erasures_under_way::table.find(user_id)).execute(connection)?;
    diesel::delete(follow_counts::table.find(user_id)).execute(connection)?;
    Ok(())
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
