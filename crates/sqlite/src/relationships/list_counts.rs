//! The stored lengths of the lists of contacts, blocks and exceptions.

use diesel::prelude::*;
use diesel::result::Error;
use privet_database::DbUuid;
use privet_database::rows::list_counts::{BoundedList, ListLengths, ShortenedLists};
use privet_domain::UserId;

use crate::schema::list_counts::{self, blocks, contacts, exceptions};

/// Adds one item to the length of the owner's list. Rolls the transaction back if the list has its maximum length.
///
/// All functions of this module MUST be called after the changes of other tables, except `follow_counts` and `users`.
pub(crate) fn lengthen(
    connection: &mut SqliteConnection,
    owner: UserId,
    list: BoundedList,
) -> QueryResult<()> {
    let (owner, one) = (DbUuid::from(owner), ListLengths::one(list, 1));
    diesel::insert_into(list_counts::table)
        .values((
            list_counts::user_id.eq(owner),
            contacts.eq(one.contacts),
            blocks.eq(one.blocks),
            exceptions.eq(one.exceptions),
        ))
        .on_conflict(list_counts::user_id)
        .do_update()
        .set((
            contacts.eq(contacts + one.contacts),
            blocks.eq(blocks + one.blocks),
            exceptions.eq(exceptions + one.exceptions),
        ))
        .execute(connection)?;
    if lengths(connection, owner)?.exceed_limits() {
        return Err(Error::RollbackTransaction);
    }
    Ok(())
}

/// Subtracts one item from the length of the owner's list. Returns the new lengths.
pub(crate) fn shorten(
    connection: &mut SqliteConnection,
    owner: UserId,
    list: BoundedList,
) -> QueryResult<ListLengths> {
    let owner = DbUuid::from(owner);
    add(connection, owner, ListLengths::one(list, -1))?;
    lengths(connection, owner)
}

/// Changes the lengths of many users' lists.
pub(crate) fn shorten_many(
    connection: &mut SqliteConnection,
    lists: &ShortenedLists,
) -> QueryResult<()> {
    for (owner, change) in lists.by_user() {
        add(connection, owner, change)?;
    }
    Ok(())
}

/// If a length is reduced, the user has a row already.
fn add(connection: &mut SqliteConnection, owner: DbUuid, change: ListLengths) -> QueryResult<()> {
    diesel::update(list_counts::table.find(owner))
        .set((
            contacts.eq(contacts + change.contacts),
            blocks.eq(blocks + change.blocks),
            exceptions.eq(exceptions + change.exceptions),
        ))
        .execute(connection)
        .map(drop)
}

fn lengths(connection: &mut SqliteConnection, owner: DbUuid) -> QueryResult<ListLengths> {
    let row: Option<(i32, i32, i32)> = list_counts::table
        .find(owner)
        .select((contacts, blocks, exceptions))
        .first(connection)
        .optional()?;
    let (of_contacts, of_blocks, of_exceptions) = row.unwrap_or_default();
    Ok(ListLengths {
        contacts: of_contacts,
        blocks: of_blocks,
        exceptions: of_exceptions,
    })
}
