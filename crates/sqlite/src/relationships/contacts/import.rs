//! Import of contacts.

use diesel::prelude::*;
use privet_application::transfer::{ContactBatch, ImportedContact, Made};
use privet_application::user_events::UserEvent;
use privet_database::rows::list_counts::BoundedList;
use privet_database::{DbTime, DbUuid};

use super::key;
use crate::record::{Recorded, record};
use crate::relationships::list_counts::lengthen;
use crate::schema::contacts;
use crate::tombstones::erased_party;

/// Stores contacts. Rolls the transaction back if a list would be longer than it may be.
pub(crate) fn import_contacts(
    connection: &mut SqliteConnection,
    batch: &ContactBatch,
) -> QueryResult<Recorded<Vec<Made>>> {
    let (mut all, mut events) = (Vec::with_capacity(batch.contacts.len()), Vec::new());
    for contact in &batch.contacts {
        let made = import(connection, contact, batch.overwrites)?;
        if matches!(made, Made::Created | Made::Changed) {
            events.push(UserEvent::contacts(contact.pair, batch.now));
        }
        all.push(made);
    }
    let recorded = record(connection, &events)?;
    Ok(recorded.map(|()| all))
}

fn import(
    connection: &mut SqliteConnection,
    contact: &ImportedContact,
    overwrites: bool,
) -> QueryResult<Made> {
    let pair = contact.pair;
    if erased_party(connection, pair)?.is_some() {
        return Ok(Made::Skipped);
    }
    let added = diesel::insert_into(contacts::table)
        .values((
            contacts::owner_id.eq(DbUuid::from(pair.actor())),
            contacts::contact_id.eq(DbUuid::from(pair.other())),
            contacts::added_at.eq(DbTime(contact.added_at)),
            contacts::close_friend.eq(contact.close_friend.unwrap_or_default()),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    if added == 1 {
        lengthen(connection, pair.actor(), BoundedList::Contacts)?;
        return Ok(Made::Created);
    }
    let Some(wanted) = contact.close_friend.filter(|_| overwrites) else {
        return Ok(Made::Unchanged);
    };
    let otherwise = contacts::table
        .find(key(pair))
        .filter(contacts::close_friend.ne(wanted));
    let changed = diesel::update(otherwise)
        .set(contacts::close_friend.eq(wanted))
        .execute(connection)?;
    Ok(if changed == 1 {
        Made::Changed
    } else {
        Made::Unchanged
    })
}
