//! Import of many contacts into a distributed database. It refuses statements that change rows of several nodes by the
//! rows of a function; rows that are written out in VALUES are sent to their nodes.

use std::collections::HashSet;

use diesel::prelude::*;
use privet_application::transfer::ImportedContact;
use privet_database::{DbTime, DbUuid};
use privet_domain::{Pair, UserId};

use crate::schema::{contacts, list_counts};

/// Inserts the contacts that are not there. Returns them.
pub(super) fn insert(
    connection: &mut PgConnection,
    lines: &[&ImportedContact],
) -> QueryResult<HashSet<Pair>> {
    if lines.is_empty() {
        return Ok(HashSet::new());
    }
    let mut lines = lines.to_vec();
    lines.sort_unstable_by_key(|line| key(line.pair));
    let rows = lines.iter().map(|line| {
        let (owner, contact) = key(line.pair);
        (
            contacts::owner_id.eq(DbUuid(owner)),
            contacts::contact_id.eq(DbUuid(contact)),
            contacts::added_at.eq(DbTime(line.added_at)),
            contacts::close_friend.eq(line.close_friend.unwrap_or_default()),
        )
    });
    let new: Vec<(DbUuid, DbUuid)> = diesel::insert_into(contacts::table)
        .values(rows.collect::<Vec<_>>())
        .on_conflict_do_nothing()
        .returning((contacts::owner_id, contacts::contact_id))
        .get_results(connection)?;
    let pair = |(owner, contact): (DbUuid, DbUuid)| {
        Pair::new(UserId::from_uuid(owner.0), UserId::from_uuid(contact.0)).ok()
    };
    Ok(new.into_iter().filter_map(pair).collect())
}

/// Sets the marks of contacts that were there, by one statement each. Returns those whose mark changed.
pub(super) fn mark(
    connection: &mut PgConnection,
    marked: &[(&ImportedContact, bool)],
) -> QueryResult<HashSet<Pair>> {
    let mut changed = HashSet::new();
    for (line, close_friend) in marked {
        let (owner, contact) = key(line.pair);
        let otherwise = contacts::table
            .find((DbUuid(owner), DbUuid(contact)))
            .filter(contacts::close_friend.ne(close_friend));
        let number = diesel::update(otherwise)
            .set(contacts::close_friend.eq(close_friend))
            .execute(connection)?;
        if number == 1 {
            changed.insert(line.pair);
        }
    }
    Ok(changed)
}

/// Adds to the lengths of the lists of these owners, who are in the order of their keys. One statement for each owner, so
/// that the rows are locked in this order: one for several nodes would lock them in the order of the shards. Returns the
/// new lengths.
pub(super) fn lengthen(
    connection: &mut PgConnection,
    owners: &[DbUuid],
    numbers: &[i32],
) -> QueryResult<Vec<i32>> {
    let mut lengths = Vec::with_capacity(owners.len());
    for (owner, number) in owners.iter().zip(numbers) {
        let length: i32 = diesel::insert_into(list_counts::table)
            .values((
                list_counts::user_id.eq(*owner),
                list_counts::contacts.eq(*number),
                list_counts::blocks.eq(0),
                list_counts::exceptions.eq(0),
            ))
            .on_conflict(list_counts::user_id)
            .do_update()
            .set(list_counts::contacts.eq(list_counts::contacts + *number))
            .returning(list_counts::contacts)
            .get_result(connection)?;
        lengths.push(length);
    }
    Ok(lengths)
}

fn key(pair: Pair) -> (uuid::Uuid, uuid::Uuid) {
    (pair.actor().as_uuid(), pair.other().as_uuid())
}
