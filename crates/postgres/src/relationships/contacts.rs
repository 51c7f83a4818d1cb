//! Users' contacts.

mod import;
mod spread;

use async_trait::async_trait;
use diesel::helper_types::IntoBoxed;
use diesel::pg::Pg;
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

use crate::PostgresStore;
use crate::layout::Layout;
use crate::locks::hold_existence;
use crate::record::{Recorded, record};
use crate::relationships::effect::{hold_where_spread, is_pair_in_effect};
use crate::relationships::list_counts::{lengthen, shorten};
use crate::schema::contacts;
use crate::tombstones::erased_party;

pub(crate) use import::import_contacts;

#[async_trait]
impl ContactStore for PostgresStore {
    async fn import_contact(
        &self,
        pair: Pair,
        added_at: Timestamp,
        now: Timestamp,
    ) -> Result<Added<Contact>, StoreError> {
        let layout = self.layout.clone();
        let add_contact = move |connection: &mut PgConnection| {
            hold_existence(connection, pair, layout.get())?;
            add(connection, pair, added_at, now, layout.get())
        };
        let added = self
            .change_within_limits_in_effect(add_contact, move |connection, added| {
                let is_seen = !matches!(added, Added::New(_)) || is_there(connection, pair)?;
                is_pair_in_effect(connection, pair, is_seen)
            })
            .await?;
        Ok(added.map_or(Added::LimitReached, |added| added.map(Contact::from)))
    }

    async fn remove_contact(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError> {
        let layout = self.layout.clone();
        let remove_contact = move |connection: &mut PgConnection| {
            hold_where_spread(connection, pair, layout.get())?;
            remove(connection, pair, now)
        };
        self.change_in_effect(remove_contact, move |connection, was_there| {
            let is_seen = !was_there || !is_there(connection, pair)?;
            is_pair_in_effect(connection, pair, is_seen)
        })
        .await
    }

    async fn set_close_friend(
        &self,
        pair: Pair,
        close_friend: bool,
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let layout = self.layout.clone();
        let mark_contact = move |connection: &mut PgConnection| {
            hold_where_spread(connection, pair, layout.get())?;
            mark(connection, pair, close_friend, now, layout.get())
        };
        let row = self
            .change_in_effect(mark_contact, move |connection, marked| {
                let is_seen = marked.is_none() || is_marked(connection, pair, close_friend)?;
                is_pair_in_effect(connection, pair, is_seen)
            })
            .await?;
        Ok(row.map(Contact::from))
    }

    async fn find_contact(&self, pair: Pair) -> Result<Option<Contact>, StoreError> {
        let layout = self.layout.clone();
        let row = self
            .executor
            .read(move |connection| find(connection, pair, layout.get()))
            .await?;
        Ok(row.map(Contact::from))
    }

    async fn list_contacts(&self, query: &ListQuery) -> Result<Vec<Contact>, StoreError> {
        let (query, layout) = (*query, self.layout.clone());
        let rows = self
            .executor
            .read(move |connection| list(connection, &query, layout.get()))
            .await?;
        Ok(rows.into_iter().map(Contact::from).collect())
    }
}

fn add(
    connection: &mut PgConnection,
    pair: Pair,
    added_at: Timestamp,
    now: Timestamp,
    layout: Layout,
) -> QueryResult<Recorded<Added<ContactRow>>> {
    if let Some(party) = erased_party(connection, pair, layout)? {
        return Ok(Recorded::unchanged(Added::Erased(party)));
    }
    let (row, is_new) = insert_and_find(connection, pair, added_at, layout)?;
    if !is_new {
        return Ok(Recorded::unchanged(Added::Stood(row)));
    }
    let recorded = record(connection, &[UserEvent::contacts(pair, now)])?;
    lengthen(connection, pair.actor(), BoundedList::Contacts)?;
    Ok(recorded.map(|()| Added::New(row)))
}

/// Inserts the contact. Returns whether it is new.
fn insert(connection: &mut PgConnection, pair: Pair, added_at: Timestamp) -> QueryResult<bool> {
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
    connection: &mut PgConnection,
    pair: Pair,
    added_at: Timestamp,
    layout: Layout,
) -> QueryResult<(ContactRow, bool)> {
    loop {
        let is_new = insert(connection, pair, added_at)?;
        // An existing row may be deleted in between. Then the contact is inserted by the next attempt.
        if let Some(row) = find(connection, pair, layout)? {
            return Ok((row, is_new));
        }
    }
}

/// Deletes the contact. Returns whether there was one.
fn remove(
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
    pair: Pair,
    close_friend: bool,
    now: Timestamp,
    layout: Layout,
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
    let row = find(connection, pair, layout)?;
    if marked == 0 {
        return Ok(Recorded::unchanged(row));
    }
    let recorded = record(connection, &[UserEvent::contacts(pair, now)])?;
    Ok(recorded.map(|()| row))
}

fn find(
    connection: &mut PgConnection,
    pair: Pair,
    layout: Layout,
) -> QueryResult<Option<ContactRow>> {
    if layout.is_spread() {
        return spread::find(connection, pair);
    }
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

/// Whether the contact is there, and what its mark is.
fn find_mark(connection: &mut PgConnection, pair: Pair) -> QueryResult<Option<bool>> {
    contacts::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ))
        .select(contacts::close_friend)
        .first(connection)
        .optional()
}

fn is_there(connection: &mut PgConnection, pair: Pair) -> QueryResult<bool> {
    Ok(find_mark(connection, pair)?.is_some())
}

fn is_marked(connection: &mut PgConnection, pair: Pair, close_friend: bool) -> QueryResult<bool> {
    Ok(find_mark(connection, pair)? == Some(close_friend))
}

fn list(
    connection: &mut PgConnection,
    query: &ListQuery,
    layout: Layout,
) -> QueryResult<Vec<ContactRow>> {
    if layout.is_spread() {
        return spread::list(connection, query);
    }
    rows_of(query)
        .select((
            contacts::contact_id,
            IsMutual,
            contacts::close_friend,
            contacts::added_at,
        ))
        .load(connection)
}

/// A part of the owner's list, newest first.
fn rows_of(query: &ListQuery) -> IntoBoxed<'static, contacts::table, Pg> {
    let mut rows = contacts::table
        .filter(contacts::owner_id.eq(DbUuid::from(query.owner)))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ))
        .order((contacts::added_at.desc(), contacts::contact_id.desc()))
        .limit(query.limit.into())
        .into_boxed();
    if let Some(position) = query.behind {
        rows = rows.filter(behind(contacts::added_at, contacts::contact_id, position));
    }
    rows
}

fn key(pair: Pair) -> (DbUuid, DbUuid) {
    (pair.actor().into(), pair.other().into())
}
