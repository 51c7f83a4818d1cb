//! The stored lengths of the lists of contacts, blocks and exceptions.

use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Array, Integer, Uuid};
use privet_database::DbUuid;
use privet_database::rows::list_counts::{BoundedList, ListLengths, ShortenedLists};
use privet_domain::UserId;

use crate::layout::Layout;
use crate::schema::list_counts::{self, blocks, contacts, exceptions};

/// Adds one item to the length of the owner's list. Rolls the transaction back if the list has its maximum length.
///
/// All functions of this module MUST be called after the changes of other tables, except `follow_counts` and `users`.
pub(crate) fn lengthen(
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
    owner: UserId,
    list: BoundedList,
) -> QueryResult<ListLengths> {
    let owner = DbUuid::from(owner);
    add(connection, owner, ListLengths::one(list, -1))?;
    lengths(connection, owner)
}

/// Changes the lengths of many users' lists. On a distributed database by one statement for each user, which locks one
/// row: a statement for several nodes cannot lock rows in an order.
pub(crate) fn shorten_many(
    connection: &mut PgConnection,
    lists: &ShortenedLists,
    layout: Layout,
) -> QueryResult<()> {
    if layout.is_spread() {
        for (owner, change) in lists.by_user() {
            add(connection, owner, change)?;
        }
        return Ok(());
    }
    let (owners, changes): (Vec<DbUuid>, Vec<ListLengths>) = lists.by_user().unzip();
    if owners.is_empty() {
        return Ok(());
    }
    let numbers = |of: fn(&ListLengths) -> i32| changes.iter().map(of).collect::<Vec<_>>();
    diesel::sql_query(
        "SELECT count(*) FROM (SELECT FROM list_counts WHERE user_id = ANY ($1) \
         ORDER BY user_id FOR UPDATE) AS held",
    )
    .bind::<Array<Uuid>, _>(&owners)
    .execute(connection)?;
    diesel::sql_query(
        "UPDATE list_counts AS kept SET contacts = kept.contacts + change.contacts, \
         blocks = kept.blocks + change.blocks, exceptions = kept.exceptions + change.exceptions \
         FROM unnest($1, $2, $3, $4) AS change (user_id, contacts, blocks, exceptions) \
         WHERE kept.user_id = change.user_id",
    )
    .bind::<Array<Uuid>, _>(&owners)
    .bind::<Array<Integer>, _>(numbers(|change| change.contacts))
    .bind::<Array<Integer>, _>(numbers(|change| change.blocks))
    .bind::<Array<Integer>, _>(numbers(|change| change.exceptions))
    .execute(connection)
    .map(drop)
}

/// If a length is reduced, the user has a row already.
fn add(connection: &mut PgConnection, owner: DbUuid, change: ListLengths) -> QueryResult<()> {
    diesel::update(list_counts::table.find(owner))
        .set((
            contacts.eq(contacts + change.contacts),
            blocks.eq(blocks + change.blocks),
            exceptions.eq(exceptions + change.exceptions),
        ))
        .execute(connection)
        .map(drop)
}

fn lengths(connection: &mut PgConnection, owner: DbUuid) -> QueryResult<ListLengths> {
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
