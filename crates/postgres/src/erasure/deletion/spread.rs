//! The statements of a batch on a distributed database. Each is executed by one node, except those that look for rows
//! on other users' lists, which lock nothing.

use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid};
use privet_database::DbUuid;
use privet_database::erasure::{Found, Remains};

use super::EndedRow;

/// Deletes up to `most` rows of the user's own lists. Skips rows that another transaction has locked.
pub(super) fn delete_own(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<usize> {
    let items = lock_own(connection, remains, user_id, most)?;
    if items.is_empty() {
        return Ok(0);
    }
    diesel::sql_query(deletion_of_own(remains))
        .bind::<Uuid, _>(user_id)
        .bind::<Array<Uuid>, _>(items)
        .execute(connection)
}

/// The same for rows on lists of other users. Returns the owners of the lists.
pub(super) fn delete_of_others(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<DbUuid>> {
    let owners = lock_of_others(connection, remains, user_id, most)?;
    for owner in &owners {
        diesel::sql_query(deletion_of_one(remains))
            .bind::<Uuid, _>(*owner)
            .bind::<Uuid, _>(user_id)
            .execute(connection)?;
    }
    Ok(owners)
}

/// The same for follows in one direction.
pub(super) fn delete_follows(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<EndedRow>> {
    const RETURNING: &str = " RETURNING follower_id, following_id, status";
    let [owner, _] = remains.key;
    if remains.user == owner {
        let followers = lock_own(connection, remains, user_id, most)?;
        if followers.is_empty() {
            return Ok(Vec::new());
        }
        return diesel::sql_query(deletion_of_own(remains) + RETURNING)
            .bind::<Uuid, _>(user_id)
            .bind::<Array<Uuid>, _>(followers)
            .load(connection);
    }
    let mut ended = Vec::new();
    for following_id in lock_of_others(connection, remains, user_id, most)? {
        let mut one: Vec<EndedRow> = diesel::sql_query(deletion_of_one(remains) + RETURNING)
            .bind::<Uuid, _>(following_id)
            .bind::<Uuid, _>(user_id)
            .load(connection)?;
        ended.append(&mut one);
    }
    Ok(ended)
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Uuid)]
    key: DbUuid,
}

/// Locks up to `most` rows of the user's own list. Returns what else is in their keys.
fn lock_own(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<DbUuid>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let Remains { table, key, .. } = remains;
    let [owner, item] = key;
    let rows: Vec<KeyRow> = diesel::sql_query(format!(
        "SELECT {item} AS key FROM {table} WHERE {owner} = $1 LIMIT {most} FOR UPDATE SKIP LOCKED"
    ))
    .bind::<Uuid, _>(user_id)
    .load(connection)?;
    Ok(rows.into_iter().map(|row| row.key).collect())
}

/// Looks on all nodes for up to `most` rows with this user on lists of others, and locks them one by one. Returns the
/// owners of the lists, in the order of their keys.
fn lock_of_others(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    most: usize,
) -> QueryResult<Vec<DbUuid>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let Remains {
        table, user, key, ..
    } = remains;
    let [owner, _] = key;
    let found: Vec<KeyRow> = diesel::sql_query(format!(
        "SELECT {owner} AS key FROM {table} WHERE {user} = $1 LIMIT {most}"
    ))
    .bind::<Uuid, _>(user_id)
    .load(connection)?;
    let mut owners: Vec<DbUuid> = found.into_iter().map(|row| row.key).collect();
    owners.sort_unstable_by_key(|owner| owner.0);
    let lock = format!(
        "SELECT {owner} AS key FROM {table} WHERE {owner} = $1 AND {user} = $2 FOR UPDATE SKIP LOCKED"
    );
    let mut locked = Vec::with_capacity(owners.len());
    for owner in owners {
        let row: Option<KeyRow> = diesel::sql_query(&lock)
            .bind::<Uuid, _>(owner)
            .bind::<Uuid, _>(user_id)
            .get_result(connection)
            .optional()?;
        locked.extend(row.map(|row| row.key));
    }
    Ok(locked)
}

fn deletion_of_own(remains: &Remains) -> String {
    let Remains { table, key, .. } = remains;
    let [owner, item] = key;
    format!("DELETE FROM {table} WHERE {owner} = $1 AND {item} = ANY ($2)")
}

fn deletion_of_one(remains: &Remains) -> String {
    let Remains {
        table, user, key, ..
    } = remains;
    let [owner, _] = key;
    format!("DELETE FROM {table} WHERE {owner} = $1 AND {user} = $2")
}

/// Whether the table has a row with the user, on any node.
pub(super) fn is_left(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
) -> QueryResult<bool> {
    find_one(connection, remains, user_id, "")
}

/// Whether a node shows a row with the user: it neither has deleted the row nor knows that the user is being erased.
pub(super) fn is_shown(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
) -> QueryResult<bool> {
    let Remains { table, user, .. } = remains;
    let is_shown = format!(
        "AND NOT EXISTS (SELECT 1 FROM erasures_under_way \
         WHERE erasures_under_way.user_id = {table}.{user})"
    );
    find_one(connection, remains, user_id, &is_shown)
}

fn find_one(
    connection: &mut PgConnection,
    remains: &Remains,
    user_id: DbUuid,
    condition: &str,
) -> QueryResult<bool> {
    let Remains { table, user, .. } = remains;
    let row: Option<Found> = diesel::sql_query(format!(
        "SELECT true AS found FROM {table} WHERE {table}.{user} = $1 {condition} LIMIT 1"
    ))
    .bind::<Uuid, _>(user_id)
    .get_result(connection)
    .optional()?;
    Ok(row.is_some())
}
