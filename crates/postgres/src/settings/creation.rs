//! Creates the rows of new users, many in one transaction.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Jsonb, Timestamptz, Uuid};
use privet_application::settings::Creation;
use privet_database::rows::settings::{Held, UserRow};
use privet_database::{Answers, DbUuid, Statement};
use privet_domain::UserId;

use super::columns::UserColumns;
use super::find::find_all;
use crate::layout::{KnownLayout, Layout};
use crate::locks::lock_existence_of_all;
use crate::record::{Recorded, record, record_each};
use crate::schema::{exceptions, users};

/// Creates users' rows.
#[derive(Clone)]
pub(crate) struct Creations(pub KnownLayout);

impl Statement<PgConnection> for Creations {
    type Request = Creation;
    type Answer = Recorded<Held>;

    const NAME: &'static str = "create";
    /// Each request holds a lock until the end of the transaction, and the number of locks of a server is bounded.
    const MOST: usize = 32;

    fn key(creation: &Creation) -> Option<UserId> {
        Some(creation.row.id)
    }

    fn waits(&self) -> bool {
        true
    }

    fn run(
        &self,
        connection: &mut PgConnection,
        creations: &[&Creation],
    ) -> QueryResult<Answers<Recorded<Held>>> {
        let layout = self.0.get();
        let recorded =
            connection.transaction(|connection| create_all(connection, creations, layout))?;
        Ok(recorded.each().map(|held| Some(Ok(held))).collect())
    }
}

fn create_all(
    connection: &mut PgConnection,
    creations: &[&Creation],
    layout: Layout,
) -> QueryResult<Recorded<Vec<Held>>> {
    let ids: Vec<DbUuid> = creations.iter().map(|it| it.row.id.into()).collect();
    lock_existence_of_all(connection, &ids, layout)?;
    let held = find_all(connection, &ids, layout)?;
    let unknown = creations.iter().zip(&held);
    let unknown = unknown.filter(|(_, held)| **held == Held::Nothing);
    let new: Vec<&Creation> = unknown.map(|(creation, _)| *creation).collect();
    if new.is_empty() {
        return Ok(Recorded::unchanged(held));
    }
    let rows = new.iter().map(|it| UserRow::from(&it.row));
    let events: Vec<_> = new.iter().flat_map(|it| it.all_events()).collect();
    // The locks keep other transactions from creating them.
    let recorded = match layout {
        Layout::Whole => {
            Insert(rows.collect()).execute(connection)?;
            record(connection, &events)?
        }
        Layout::Spread => {
            insert_each(connection, rows.collect())?;
            record_each(connection, &events.iter().collect::<Vec<_>>())?
        }
    };
    let held = find_all(connection, &ids, layout)?;
    Ok(recorded.map(|()| held))
}

/// Inserts the rows on a distributed database, each by the node that has it.
fn insert_each(connection: &mut PgConnection, rows: Vec<UserRow>) -> QueryResult<()> {
    let ids = rows.iter().map(|row| row.user_id);
    let owners: Vec<DbUuid> = exceptions::table
        .filter(exceptions::owner_id.eq_any(ids.collect::<Vec<_>>()))
        .select(exceptions::owner_id)
        .distinct()
        .load(connection)?;
    for row in rows {
        diesel::insert_into(users::table)
            .values((
                users::user_id.eq(row.user_id),
                users::created_at.eq(row.created_at),
                users::account_id.eq(row.account_id),
                users::revision.eq(row.revision),
                users::choices.eq(row.choices),
                users::preferences.eq(row.preferences),
                users::cohorts.eq(row.cohorts),
                users::versions.eq(row.versions),
                users::has_exceptions.eq(owners.contains(&row.user_id)),
            ))
            .on_conflict_do_nothing()
            .execute(connection)?;
    }
    Ok(())
}

struct Insert(UserColumns);

// The text is the same whatever the values: the statement is prepared once for each connection.
impl QueryId for Insert {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for Insert {}

impl QueryFragment<Pg> for Insert {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let rows = &self.0;
        out.push_sql(
            "INSERT INTO users \
             (user_id, created_at, account_id, revision, choices, preferences, cohorts, versions, has_exceptions) \
             SELECT made.*, (SELECT true FROM exceptions WHERE owner_id = made.user_id LIMIT 1) IS NOT NULL \
             FROM unnest(",
        );
        out.push_bind_param::<Array<Uuid>, _>(&rows.user_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&rows.created_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Uuid>, _>(&rows.account_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&rows.revisions)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&rows.choices)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&rows.preferences)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&rows.cohorts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&rows.versions)?;
        out.push_sql(
            ") AS made (user_id, created_at, account_id, revision, choices, preferences, cohorts, versions) \
             ON CONFLICT (user_id) DO NOTHING",
        );
        Ok(())
    }
}
