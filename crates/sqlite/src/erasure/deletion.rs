//! Deleting the rows of an erased user in batches.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};
use privet_application::accounts::erasure::Progress;
use privet_database::erasure::{FOLLOWS, Found, REMAINS, Remains};
use privet_database::rows::follows::{CountChanges, EndedFollow};
use privet_database::rows::list_counts::ShortenedLists;
use privet_database::rows::receipts::DeletedRows;
use privet_database::{DbFollowStatus, DbUuid};
use privet_domain::{Timestamp, UserId};

use crate::record::{Recorded, record};
use crate::relationships::follows::counts::change_counts;
use crate::relationships::list_counts::shorten_many;
use crate::schema::{erasures_under_way, follow_counts, list_counts};

use super::receipts::count;

/// The rows that a batch deleted, as far as others must learn of them.
#[derive(Default)]
struct Deleted {
    /// For a receipt.
    counted: DeletedRows,
    follows: Vec<EndedFollow>,
}

/// Deletes up to `most` rows, and records the events of other users. If none are left, also deletes the row of
/// `erasures_under_way`.
pub(super) fn delete_batch(
    connection: &mut SqliteConnection,
    user_id: UserId,
    now: Timestamp,
    most: u32,
) -> QueryResult<Recorded<Progress>> {
    let key = DbUuid::from(user_id);
    let mut deleted = Deleted::default();
    let progress = delete_rows(connection, key, most as usize, &mut deleted)?;
    let follows = deleted.follows.iter();
    let events: Vec<_> = follows
        .filter_map(|ended| ended.event(user_id, now))
        .collect();
    let recorded = record(connection, &events)?;
    if progress == Progress::Finished {
        finish(connection, key)?;
    }
    // After the row of `erasures_under_way`, which transactions that finish the same erasure wait for.
    count(connection, key, deleted.counted)?;
    Ok(recorded.map(|()| progress))
}

fn delete_rows(
    connection: &mut SqliteConnection,
    user_id: DbUuid,
    most: usize,
    deleted: &mut Deleted,
) -> QueryResult<Progress> {
    let number = delete_remains(connection, user_id, most, &mut deleted.counted)?;
    let room = most.saturating_sub(number);
    if room == 0 {
        return Ok(Progress::RowsLeft);
    }
    end_follows(connection, user_id, room, deleted)?;
    if deleted.follows.len() >= room {
        return Ok(Progress::RowsLeft);
    }
    for remains in REMAINS.iter().chain(&FOLLOWS) {
        if is_left(connection, remains, user_id)? {
            return Ok(Progress::RowsHeld);
        }
    }
    Ok(Progress::Finished)
}

/// Deletes up to `most` rows of all tables except follows, and reduces the lengths of other users' lists. Returns the
/// number of rows.
fn delete_remains(
    connection: &mut SqliteConnection,
    user_id: DbUuid,
    most: usize,
    counted: &mut DeletedRows,
) -> QueryResult<usize> {
    let mut shortened = ShortenedLists::default();
    let mut room = most;
    for remains in &REMAINS {
        let deleted = match remains.shortens {
            None => delete_some(connection, remains, user_id, room)?,
            Some((owner, list)) => {
                let owners = delete_of_others(connection, remains, owner, user_id, room)?;
                shortened.add(list, owners.iter().copied());
                owners.len()
            }
        };
        if let Some(kind) = remains.counts_as {
            counted.add(kind, deleted);
        }
        room = room.saturating_sub(deleted);
        if room == 0 {
            break;
        }
    }
    shorten_many(connection, &shortened)?;
    Ok(most - room)
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = Binary)]
    owner: DbUuid,
}

/// The same as [`delete_some`], for rows on lists of other users. Returns the owners of the lists.
fn delete_of_others(
    connection: &mut SqliteConnection,
    remains: &Remains,
    owner: &str,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<DbUuid>> {
    let sql = format!("{} RETURNING {owner} AS owner", deletion(remains, most));
    let rows: Vec<OwnerRow> = diesel::sql_query(sql)
        .bind::<Binary, _>(user_id)
        .load(connection)?;
    Ok(rows.into_iter().map(|row| row.owner).collect())
}

/// Deletes up to `most` follows, and reduces the counts of other users.
fn end_follows(
    connection: &mut SqliteConnection,
    user_id: DbUuid,
    most: usize,
    deleted: &mut Deleted,
) -> QueryResult<()> {
    let ended = &mut deleted.follows;
    for remains in &FOLLOWS {
        let most = most.saturating_sub(ended.len());
        let mut some = delete_follows(connection, remains, user_id, most)?;
        if let Some(kind) = remains.counts_as {
            deleted.counted.add(kind, some.len());
        }
        ended.append(&mut some);
    }
    // Once for both directions, and last: see `CountChanges::by_user`.
    let user = UserId::from_uuid(user_id.0);
    change_counts(connection, &CountChanges::erased(user, ended))
}

/// MUST be called when no rows are left.
fn finish(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<()> {
    diesel::delete(erasures_under_way::table.find(user_id)).execute(connection)?;
    diesel::delete(list_counts::table.find(user_id)).execute(connection)?;
    diesel::delete(follow_counts::table.find(user_id)).execute(connection)?;
    Ok(())
}

/// Deletes up to `most` rows, and returns their number.
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

/// The same for follows. Returns the deleted follows.
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

fn deletion(remains: &Remains, most: usize) -> String {
    let Remains {
        table, user, key, ..
    } = remains;
    let [first, second] = key;
    // In the order of the table if that needs no sorting, so that a batch changes few pages.
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
