//! Looks of the product's staff at users' data.

use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::administration::support::{LookQuery, LookStore, OwnedCounts};
use privet_database::DbUuid;
use privet_database::erasure::{IsNotBeingErased, neither_is_being_erased};
use privet_database::rows::looks::{LookRow, looks, owned_counts};
use privet_domain::UserId;
use privet_domain::settings::looks::Look;

use crate::PostgresStore;
use crate::layout::Layout;
use crate::locks::hold_existence_of;
use crate::record::Recorded;
use crate::schema::{blocks, contacts, exceptions, support_looks, users};

#[async_trait]
impl LookStore for PostgresStore {
    async fn record_look(&self, look: &Look) -> Result<bool, StoreError> {
        let (look, layout) = (look.clone(), self.layout.clone());
        self.change(move |connection| {
            let layout = layout.get();
            hold_existence_of(connection, look.user_id, layout)?;
            record_look(connection, &look, layout)
        })
        .await
    }

    async fn list_looks(&self, query: &LookQuery) -> Result<Vec<Look>, StoreError> {
        let query = *query;
        let rows = self
            .executor
            .read(move |connection| list(connection, &query))
            .await?;
        looks(rows)
    }

    async fn count_owned(&self, user_id: UserId) -> Result<OwnedCounts, StoreError> {
        let counts = self
            .executor
            .read(move |connection| count(connection, user_id.into()))
            .await?;
        Ok(owned_counts(counts))
    }
}

/// The caller MUST prevent the user from being erased until the transaction ends.
///
/// A look changes nothing of the user, so it causes no event.
fn record_look(
    connection: &mut PgConnection,
    look: &Look,
    layout: Layout,
) -> QueryResult<Recorded<bool>> {
    let row = LookRow::from(look);
    // The first transaction of an erasure deletes the row.
    let is_here = is_here(connection, row.user_id, layout)?;
    if is_here {
        insert(connection, row)?;
    }
    Ok(Recorded::unchanged(is_here))
}

fn is_here(connection: &mut PgConnection, user_id: DbUuid, layout: Layout) -> QueryResult<bool> {
    let row = users::table.find(user_id);
    if layout.is_spread() {
        return Ok(row.count().get_result::<i64>(connection)? == 1);
    }
    diesel::select(exists(row)).get_result(connection)
}

fn insert(connection: &mut PgConnection, row: LookRow) -> QueryResult<()> {
    diesel::insert_into(support_looks::table)
        .values((
            support_looks::user_id.eq(row.user_id),
            support_looks::id.eq(row.id),
            support_looks::actor_id.eq(row.actor_id),
            support_looks::occurred_at.eq(row.occurred_at),
            support_looks::reason.eq(row.reason),
            support_looks::request_id.eq(row.request_id),
        ))
        .execute(connection)
        .map(drop)
}

fn list(connection: &mut PgConnection, query: &LookQuery) -> QueryResult<Vec<LookRow>> {
    let mut rows = support_looks::table
        .filter(support_looks::user_id.eq(DbUuid::from(query.user_id)))
        .filter(IsNotBeingErased(support_looks::user_id))
        .order(support_looks::id.desc())
        .limit(query.limit.into())
        .into_boxed();
    if let Some(before) = query.before {
        rows = rows.filter(support_looks::id.lt(DbUuid(before)));
    }
    rows.load(connection)
}

/// Counts the rows that the lists show. The lists are bounded, and the staff look seldom.
fn count(connection: &mut PgConnection, owner: DbUuid) -> QueryResult<[i64; 3]> {
    let of_contacts = contacts::table
        .filter(contacts::owner_id.eq(owner))
        .filter(neither_is_being_erased(
            contacts::owner_id,
            contacts::contact_id,
        ))
        .count()
        .get_result(connection)?;
    let of_blocks = blocks::table
        .filter(blocks::blocker_id.eq(owner))
        .filter(neither_is_being_erased(
            blocks::blocker_id,
            blocks::blocked_id,
        ))
        .count()
        .get_result(connection)?;
    let of_exceptions = exceptions::table
        .filter(exceptions::owner_id.eq(owner))
        .filter(neither_is_being_erased(
            exceptions::owner_id,
            exceptions::person_id,
        ))
        .count()
        .get_result(connection)?;
    Ok([of_contacts, of_blocks, of_exceptions])
}
