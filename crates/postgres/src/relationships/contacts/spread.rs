//! Contacts of a distributed database. Whether a contact is mutual is on the node of the contact, and so a statement of
//! its own.

use diesel::prelude::*;
use privet_application::relationships::ListQuery;
use privet_database::erasure::neither_is_being_erased;
use privet_database::rows::contacts::ContactRow;
use privet_database::{DbTime, DbUuid};
use privet_domain::{Pair, UserId};

use super::{key, rows_of};
use crate::relationships::sides::{Look, Part};
use crate::schema::contacts;

/// The contact, its mark, and when it was added.
type StoredContact = (DbUuid, bool, DbTime);

pub(super) fn find(connection: &mut PgConnection, pair: Pair) -> QueryResult<Option<ContactRow>> {
    let row: Option<StoredContact> = contacts::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ))
        .select((
            contacts::contact_id,
            contacts::close_friend,
            contacts::added_at,
        ))
        .first(connection)
        .optional()?;
    let rows = with_mutual(connection, pair.actor(), row.into_iter().collect())?;
    Ok(rows.into_iter().next())
}

pub(super) fn list(
    connection: &mut PgConnection,
    query: &ListQuery,
) -> QueryResult<Vec<ContactRow>> {
    let rows: Vec<StoredContact> = rows_of(query)
        .select((
            contacts::contact_id,
            contacts::close_friend,
            contacts::added_at,
        ))
        .load(connection)?;
    with_mutual(connection, query.owner, rows)
}

/// Adds to the owner's contacts whether they have added the owner, too.
fn with_mutual(
    connection: &mut PgConnection,
    owner: UserId,
    contacts: Vec<StoredContact>,
) -> QueryResult<Vec<ContactRow>> {
    let part = |contact: DbUuid| Part::of_contact(UserId::from_uuid(contact.0), owner);
    let parts: Vec<Part> = contacts
        .iter()
        .map(|(contact, ..)| part(*contact))
        .collect();
    let back = Look::take(connection, &parts)?;
    let rows = contacts.into_iter();
    let rows = rows.map(|(user_id, close_friend, added_at)| ContactRow {
        user_id,
        mutual: back.side(part(user_id)).close_friend().is_some(),
        close_friend,
        added_at,
    });
    Ok(rows.collect())
}
