//! Users' exceptions.

use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use privet_application::StoreError;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::{Added, ListQuery};
use privet_application::user_events::UserEvent;
use privet_database::erasure::neither_is_being_erased;
use privet_database::lists::behind;
use privet_database::rows::exceptions::ExceptionsRow;
use privet_database::rows::list_counts::BoundedList;
use privet_database::{DbExceptions, DbTime, DbUuid};
use privet_domain::relationships::exceptions::{Exceptions, PersonWithExceptions};
use privet_domain::{Pair, Timestamp};

use crate::PostgresStore;
use crate::layout::Layout;
use crate::locks::hold_pair;
use crate::record::{Recorded, record};
use crate::relationships::effect::is_pair_in_effect;
use crate::relationships::list_counts::{lengthen, shorten};
use crate::schema::{exceptions, users};
use crate::tombstones::erased_party;

#[async_trait]
impl ExceptionStore for PostgresStore {
    async fn set_exceptions(
        &self,
        pair: Pair,
        exceptions: &Exceptions,
        now: Timestamp,
    ) -> Result<Added<PersonWithExceptions>, StoreError> {
        let exceptions = DbExceptions(exceptions.clone());
        let layout = self.layout.clone();
        let set_exceptions = move |connection: &mut PgConnection| {
            hold_pair(connection, pair, layout.get())?;
            set(connection, pair, exceptions, now, layout.get())
        };
        let set = self
            .change_within_limits_in_effect(set_exceptions, move |connection, set| {
                let is_seen = match set {
                    Added::New(row) | Added::Stood(row) => {
                        find(connection, pair)?.as_ref() == Some(row)
                    }
                    Added::Erased(_) | Added::LimitReached => true,
                };
                is_pair_in_effect(connection, pair, is_seen)
            })
            .await?;
        Ok(set.map_or(Added::LimitReached, |set| {
            set.map(PersonWithExceptions::from)
        }))
    }

    async fn remove_exceptions(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError> {
        let layout = self.layout.clone();
        let remove_exceptions = move |connection: &mut PgConnection| {
            hold_pair(connection, pair, layout.get())?;
            remove(connection, pair, now)
        };
        self.change_in_effect(remove_exceptions, move |connection, were_there| {
            let is_seen = !were_there || find(connection, pair)?.is_none();
            is_pair_in_effect(connection, pair, is_seen)
        })
        .await
    }

    async fn find_exceptions(
        &self,
        pair: Pair,
    ) -> Result<Option<PersonWithExceptions>, StoreError> {
        let row = self
            .executor
            .read(move |connection| find(connection, pair))
            .await?;
        Ok(row.map(PersonWithExceptions::from))
    }

    async fn list_exceptions(
        &self,
        query: &ListQuery,
        action: Option<&str>,
    ) -> Result<Vec<PersonWithExceptions>, StoreError> {
        let (query, action) = (*query, action.map(str::to_owned));
        let rows = self
            .executor
            .read(move |connection| list(connection, &query, action.as_deref()))
            .await?;
        Ok(rows.into_iter().map(PersonWithExceptions::from).collect())
    }
}

/// The caller MUST prevent other transactions from changing the exceptions of the pair until the transaction ends.
fn set(
    connection: &mut PgConnection,
    pair: Pair,
    wanted: DbExceptions,
    now: Timestamp,
    layout: Layout,
) -> QueryResult<Recorded<Added<ExceptionsRow>>> {
    if let Some(party) = erased_party(connection, pair, layout)? {
        return Ok(Recorded::unchanged(Added::Erased(party)));
    }
    let before = find(connection, pair)?;
    if let Some(row) = before.clone().filter(|row| row.exceptions == wanted) {
        return Ok(Recorded::unchanged(Added::Stood(row)));
    }
    let row = ExceptionsRow {
        user_id: pair.other().into(),
        exceptions: wanted,
        updated_at: DbTime(now),
    };
    store(connection, pair, &row)?;
    let recorded = record(connection, &[UserEvent::exceptions(pair, now)])?;
    if before.is_some() {
        return Ok(recorded.map(|()| Added::Stood(row)));
    }
    lengthen(connection, pair.actor(), BoundedList::Exceptions)?;
    note(connection, pair, true)?;
    Ok(recorded.map(|()| Added::New(row)))
}

fn store(connection: &mut PgConnection, pair: Pair, row: &ExceptionsRow) -> QueryResult<()> {
    diesel::insert_into(exceptions::table)
        .values((
            exceptions::owner_id.eq(DbUuid::from(pair.actor())),
            exceptions::person_id.eq(row.user_id),
            exceptions::by_action.eq(&row.exceptions),
            exceptions::updated_at.eq(row.updated_at),
        ))
        .on_conflict((exceptions::owner_id, exceptions::person_id))
        .do_update()
        .set((
            exceptions::by_action.eq(&row.exceptions),
            exceptions::updated_at.eq(row.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

/// Deletes the exceptions. Returns whether there were any. The caller MUST prevent other transactions from changing the
/// exceptions of the pair.
fn remove(
    connection: &mut PgConnection,
    pair: Pair,
    now: Timestamp,
) -> QueryResult<Recorded<bool>> {
    let row = exceptions::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            exceptions::owner_id,
            exceptions::person_id,
        ));
    let removed = diesel::delete(row).execute(connection)?;
    if removed == 0 {
        return Ok(Recorded::unchanged(false));
    }
    let recorded = record(connection, &[UserEvent::exceptions(pair, now)])?;
    let left = shorten(connection, pair.actor(), BoundedList::Exceptions)?;
    if left.exceptions == 0 {
        note(connection, pair, false)?;
    }
    Ok(recorded.map(|()| true))
}

/// Stores in the actor's row whether decisions must read exceptions.
fn note(connection: &mut PgConnection, pair: Pair, has_exceptions: bool) -> QueryResult<()> {
    let otherwise = users::table
        .find(DbUuid::from(pair.actor()))
        .filter(users::has_exceptions.ne(has_exceptions));
    diesel::update(otherwise)
        .set(users::has_exceptions.eq(has_exceptions))
        .execute(connection)
        .map(drop)
}

fn find(connection: &mut PgConnection, pair: Pair) -> QueryResult<Option<ExceptionsRow>> {
    exceptions::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            exceptions::owner_id,
            exceptions::person_id,
        ))
        .select((
            exceptions::person_id,
            exceptions::by_action,
            exceptions::updated_at,
        ))
        .first(connection)
        .optional()
}

fn list(
    connection: &mut PgConnection,
    query: &ListQuery,
    action: Option<&str>,
) -> QueryResult<Vec<ExceptionsRow>> {
    let mut rows = exceptions::table
        .filter(exceptions::owner_id.eq(DbUuid::from(query.owner)))
        .filter(neither_is_being_erased(
            exceptions::owner_id,
            exceptions::person_id,
        ))
        .select((
            exceptions::person_id,
            exceptions::by_action,
            exceptions::updated_at,
        ))
        .order((exceptions::updated_at.desc(), exceptions::person_id.desc()))
        .limit(query.limit.into())
        .into_boxed();
    if let Some(action) = action {
        rows = rows.filter(
            sql::<Bool>("jsonb_exists(by_action, ")
                .bind::<Text, _>(action)
                .sql(")"),
        );
    }
    if let Some(position) = query.behind {
        rows = rows.filter(behind(
            exceptions::updated_at,
            exceptions::person_id,
            position,
        ));
    }
    rows.load(connection)
}

fn key(pair: Pair) -> (DbUuid, DbUuid) {
    (pair.actor().into(), pair.other().into())
}
