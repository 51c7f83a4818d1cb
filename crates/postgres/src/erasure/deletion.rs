//! Deleting the rows of an erased user in batches.

mod spread;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Uuid};
use privet_application::accounts::erasure::Progress;
use privet_database::erasure::{FOLLOWS, Found, REMAINS, Remains};
use privet_database::rows::follows::{CountChange, CountChanges, EndedFollow};
use privet_database::rows::list_counts::ShortenedLists;
use privet_database::rows::receipts::DeletedRows;
use privet_database::{DbFollowStatus, DbUuid};
use privet_domain::{Timestamp, UserId};

use crate::layout::Layout;
use crate::record::{Recorded, record};
use crate::relationships::follows::counts::change_counts as change_counts_of_each;
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
/// `erasures_under_way`, except on a distributed database, where the caller does so.
pub(super) fn delete_batch(
    connection: &mut PgConnection,
    user_id: UserId,
    now: Timestamp,
    most: u32,
    layout: Layout,
) -> QueryResult<Recorded<Progress>> {
    let key = DbUuid::from(user_id);
    let mut deleted = Deleted::default();
    let progress = delete_rows(connection, key, most as usize, &mut deleted, layout)?;
    let follows = deleted.follows.iter();
    let events: Vec<_> = follows
        .filter_map(|ended| ended.event(user_id, now))
        .collect();
    let recorded = record(connection, &events)?;
    if progress == Progress::Finished {
        finish(connection, key, layout)?;
    }
    // After the row of `erasures_under_way`, which transactions that finish the same erasure wait for.
    count(connection, key, deleted.counted)?;
    Ok(recorded.map(|()| progress))
}

fn delete_rows(
    connection: &mut PgConnection,
    user_id: DbUuid,
    most: usize,
    deleted: &mut Deleted,
    layout: Layout,
) -> QueryResult<Progress> {
    let number = delete_remains(connection, user_id, most, &mut deleted.counted, layout)?;
    let room = most.saturating_sub(number);
    if room == 0 {
        return Ok(Progress::RowsLeft);
    }
    end_follows(connection, user_id, room, deleted, layout)?;
    if deleted.follows.len() >= room {
        return Ok(Progress::RowsLeft);
    }
    for remains in REMAINS.iter().chain(&FOLLOWS) {
        if is_left(connection, remains, user_id, layout)? {
            return Ok(Progress::RowsHeld);
        }
    }
    Ok(Progress::Finished)
}

/// Deletes up to `most` rows of all tables except follows, and reduces the lengths of other users' lists. Returns the
/// number of rows.
fn delete_remains(
    connection: &mut PgConnection,
    user_id: DbUuid,
    most: usize,
    counted: &mut DeletedRows,
    layout: Layout,
) -> QueryResult<usize> {
    let mut shortened = ShortenedLists::default();
    let mut room = most;
    for remains in &REMAINS {
        let deleted = match remains.shortens {
            None => delete_some(connection, remains, user_id, room, layout)?,
            Some((owner, list)) => {
                let owners = match layout {
                    Layout::Whole => delete_of_others(connection, remains, owner, user_id, room)?,
                    Layout::Spread => spread::delete_of_others(connection, remains, user_id, room)?,
                };
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
    shorten_many(connection, &shortened, layout)?;
    Ok(most - room)
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = Uuid)]
    owner: DbUuid,
}

/// The same as [`delete_some`], for rows on lists of other users. Returns the owners of the lists.
fn delete_of_others(
    connection: &mut PgConnection,
    remains: &Remains,
    owner: &str,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<DbUuid>> {
    let sql = format!("{} RETURNING {owner} AS owner", deletion(remains, most));
    let rows: Vec<OwnerRow> = diesel::sql_query(sql)
        .bind::<Uuid, _>(user_id)
        .load(connection)?;
    Ok(rows.into_iter().map(|row| row.owner).collect())
}

/// Deletes up to `most` follows, and reduces the counts of other users.
fn end_follows(
    connection: &mut PgConnection,
    user_id: DbUuid,
    most: usize,
    deleted: &mut Deleted,
    layout: Layout,
) -> QueryResult<()> {
    let ended = &mut deleted.follows;
    for remains in &FOLLOWS {
        let most = most.saturating_sub(ended.len());
        let mut some = delete_follows(connection, remains, user_id, most, layout)?;
        if let Some(kind) = remains.counts_as {
            deleted.counted.add(kind, some.len());
        }
        ended.append(&mut some);
    }
    // Once for both directions, and last: see `CountChanges::by_user`.
    let user = UserId::from_uuid(user_id.0);
    let changes = CountChanges::erased(user, ended);
    match layout {
        Layout::Whole => change_counts(connection, &changes),
        Layout::Spread => change_counts_of_each(connection, &changes),
    }
}

/// MUST be called when no rows are left. Then no other transaction can change the user's counts any more.
fn finish(connection: &mut PgConnection, user_id: DbUuid, layout: Layout) -> QueryResult<()> {
    // The row of `erasures_under_way` first. If two transactions get here for one user, the second waits for this row,
    // and holds no lock on the user's counts. On a distributed database only one transaction claims the erasure.
    if !layout.is_spread() {
        diesel::delete(erasures_under_way::table.find(user_id)).execute(connection)?;
    }
    diesel::delete(list_counts::table.find(user_id)).execute(connection)?;
    diesel::delete(follow_counts::table.find(user_id)).execute(connection)?;
    Ok(())
}

/// Deletes up to `most` rows, and returns their number. Skips rows that another transaction has locked: a transaction
/// that does not wait while it holds locks takes part in no deadlock.
fn delete_some(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
    layout: Layout,
) -> QueryResult<usize> {
    if layout.is_spread() {
        return spread::delete_own(connection, remains, user_id, most);
    }
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

/// The same for follows. Returns the deleted follows.
fn delete_follows(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
    layout: Layout,
) -> QueryResult<Vec<EndedFollow>> {
    let rows: Vec<EndedRow> = match layout {
        Layout::Whole => {
            let sql = deletion(remains, most) + " RETURNING follower_id, following_id, status";
            diesel::sql_query(sql)
                .bind::<Uuid, _>(user_id)
                .load(connection)?
        }
        Layout::Spread => spread::delete_follows(connection, remains, user_id, most)?,
    };
    let ended = rows.into_iter().map(|row| EndedFollow {
        follower_id: UserId::from_uuid(row.follower_id.0),
        following_id: UserId::from_uuid(row.following_id.0),
        status: row.status.0,
    });
    Ok(ended.collect())
}

// The limit is part of the text. So the planner knows that the rows are few, and finds each by its key.
fn deletion(remains: &Remains, most: usize) -> String {
    let Remains {
        table, user, key, ..
    } = remains;
    let key = key.join(", ");
    format!(
        "DELETE FROM {table} WHERE ({key}) IN \
         (SELECT {key} FROM {table} WHERE {user} = $1 LIMIT {most} FOR UPDATE SKIP LOCKED)"
    )
}

fn is_left(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    layout: Layout,
) -> QueryResult<bool> {
    if layout.is_spread() {
        return spread::is_left(connection, remains, user_id);
    }
    let Remains { table, user, .. } = remains;
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {user} = $1) AS found");
    let answer: Found = diesel::sql_query(sql)
        .bind::<Uuid, _>(user_id)
        .get_result(connection)?;
    Ok(answer.found)
}

/// Whether a node of a distributed database still shows a row with this user.
pub(super) fn is_shown_anywhere(
    connection: &mut PgConnection,
    user_id: DbUuid,
) -> QueryResult<bool> {
    for remains in REMAINS.iter().chain(&FOLLOWS) {
        if spread::is_shown(connection, remains, user_id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Changes the counts of many users. Many transactions change the row of a user with many followers. Two statements
/// lock it for a shorter time than one statement for each user.
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
