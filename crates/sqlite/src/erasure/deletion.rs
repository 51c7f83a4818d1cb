//! Deleting the rows of an erased user in batches.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};
use privet_application::accounts::erasure::Progress;
use privet_database::erasure::{FOLLOWS, Found, REMAINS, Remains};
use privet_database::rows::follows::{CountChanges, EndedFollow};
use privet_database::{DbFollowStatus, DbUuid};
use privet_domain::UserId;

use crate::relationships::follows::counts::change_counts;
use crate::schema::{erasures_under_way, follow_counts};

/// Deletes up to `most` rows, and with the last of them the note that the erasure is under way.
pub(super) fn delete_batch(
    connection: &mut SqliteConnection,
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
fn end_follows(
    connection: &mut SqliteConnection,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<usize> {
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
fn finish(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<()> {
    // The note first: of two transactions that get here for one user, the other one waits for it, and holds
    // no counts of the user meanwhile.
    diesel::delete(erasures_under_way::table.find(user_id)).execute(connection)?;
    diesel::delete(follow_counts::table.find(user_id)).execute(connection)?;
    Ok(())
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
