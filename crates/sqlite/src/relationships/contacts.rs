//! Users' contacts.

mod import;

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::{Added, ListQuery};
use privet_application::user_events::UserEvent;
use privet_database::erasure::neither_is_being_erased;
use privet_database::lists::behind;
use privet_database::rows::contacts::{ContactRow, IsMutual};
use privet_database::rows::list_counts::BoundedList;
use privet_database::{DbTime, DbUuid};
use privet_domain::relationships::contacts::Contact;
use privet_domain::{Pair, Timestamp};

use crate::SqliteStore;
use crate::record::{Recorded, record};
use crate::relationships::list_counts::{lengthen, shorten};
use crate::schema::contacts;
use crate::tombstones::erased_party;

pub(crate) use import::import_contacts;

#[async_trait]
impl ContactStore for SqliteStore {
    async fn import_contact(
        &self,
        pair: Pair,
        added_at: Timestamp,
        now: Timestamp,
    ) -> Result<Added<Contact>, StoreError> {
        let added = self
            .change_within_limits(move |connection| add(connection, pair, added_at, now))
            .await?;
        Ok(added.map_or(Added::LimitReached, |added| added.map(Contact::from)))
    }

    async fn remove_contact(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError> {
        self.change(move |connection| remove(connection, pair, now))
            .await
    }

    async fn set_close_friend(
        &self,
        pair: Pair,
        close_friend: bool,
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let row = self
            .change(move |connection| mark(connection, pair, close_friend, now))
            .await?;
        Ok(row.map(Contact::from))
    }

    async fn find_contact(&self, pair: Pair) -> Result<Option<Contact>, StoreError> {
        let row = self
            .readers
            .read(move |connection| find(connection, pair))
            .await?;
        Ok(row.map(Contact::from))
    }

    async fn list_contacts(&self, query: &ListQuery) -> Result<Vec<Contact>, StoreError> {
        let query = *query;
        let rows = self
            .readers
            .read(move |connection| list(connection, &query))
            .await?;
        Ok(rows.into_iter().map(Contact::from).collect())
    }
}

fn add(
    connection: &mut SqliteConnection,
    pair: Pair,
    added_at: Timestamp,
    now: Timestamp,
) -> QueryResult<Recorded<Added<ContactRow>>> {
    if let Some(party) = erased_party(connection, pair)? {
        return Ok(Recorded::unchanged(Added::Erased(party)));
    }
    let (row, is_new) = insert_and_find(connection, pair, added_at)?;
    if !is_new {
        return Ok(Recorded::unchanged(Added::Stood(row)));
    }
    let recorded = record(connection, &[UserEvent::contacts(pair, now)])?;
    lengthen(connection, pair.actor(), BoundedList::Contacts)?;
    Ok(recorded.map(|()| Added::New(row)))
}

/// Inserts the contact. Returns whether it is new.
fn insert(connection: &mut SqliteConnection, pair: Pair, added_at: Timestamp) -> QueryResult<bool> {
    let added = diesel::insert_into(contacts::table)
        .values((
            contacts::owner_id.eq(DbUuid::from(pair.actor())),
            contacts::contact_id.eq(DbUuid::from(pair.other())),
            contacts::added_at.eq(DbTime(added_at)),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(added == 1)
}

/// Inserts the contact if there is none. Returns the row, and whether it is new.
fn insert_and_find(
    connection: &mut SqliteConnection,
    pair: Pair,
    added_at: Timestamp,
) -> QueryResult<(ContactRow, bool)> {
    loop {
        let is_new = insert(connection, pair, added_at)?;
        // An existing row may be deleted in between. Then the contact is inserted by the next attempt.
        if let Some(row) = find(connection, pair)? {
            return Ok((row, is_new));
        }
    }
}

/// Deletes the contact. Returns whether there was one.
fn remove(
    connection: &mut SqliteConnection,
    pair: Pair,
    now: Timestamp,
) -> QueryResult<Recorded<bool>> {
    let row = contacts::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ));
    let removed = diesel::delete(row).execute(connection)?;
    if removed == 0 {
        return Ok(Recorded::unchanged(false));
    }
    let recorded = record(connection, &[UserEvent::contacts(pair, now)])?;
    shorten(connection, pair.actor(), BoundedList::Contacts)?;
    Ok(recorded.map(|()| true))
}

/// Sets the mark. Returns the changed contact; `None` if there is none.
fn mark(
    connection: &mut SqliteConnection,
    pair: Pair,
    close_friend: bool,
    now: Timestamp,
) -> QueryResult<Recorded<Option<ContactRow>>> {
    let otherwise = contacts::table
        .find(key(pair))
        .filter(contacts::close_friend.ne(close_friend))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ));
    let marked = diesel::update(otherwise)
        .set(contacts::close_friend.eq(close_friend))
        .execute(connection)?;
    let row = find(connection, pair)?;
    if marked == 0 {
        return Ok(Recorded::unchanged(row));
    }
    let recorded = record(connection, &[UserEvent::contacts(pair, now)])?;
    Ok(recorded.map(|()| row))
}

fn find(connection: &mut SqliteConnection, pair: Pair) -> QueryResult<Option<ContactRow>> {
    contacts::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ))
        .select((
            contacts::contact_id,
            IsMutual,
            contacts::close_friend,
            contacts::added_at,
        ))
        .first(connection)
        .optional()
}

fn list(connection: &mut SqliteConnection, query: &ListQuery) -> QueryResult<Vec<ContactRow>> {
    let mut rows = contacts::table
        .filter(contacts::owner_id.eq(DbUuid::from(query.owner)))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ))
        .select((
            contacts::contact_id,
            IsMutual,
            contacts::close_friend,
            contacts::added_at,
        ))
        .order((contacts::added_at.desc(), contacts::contact_id.desc()))
        .limit(query.limit.into())
        .into_boxed();
    if let Some(position) = query.behind {
        rows = rows.filter(behind(contacts::added_at, contacts::contact_id, position));
    }
    rows.load(connection)
}

fn key(pair: Pair) -> (DbUuid, DbUuid) {
    (pair.actor().into(), pair.other().into())
}
