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
use crate::layout::KnownLayout;
use crate::locks::lock_existence_of_all;
use crate::record::{Recorded, record};

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

    fn run(
        &self,
        connection: &mut PgConnection,
        creations: &[&Creation],
    ) -> QueryResult<Answers<Recorded<Held>>> {
        let recorded = connection.transaction(|connection| create_all(connection, creations))?;
        Ok(recorded.each().map(|held| Some(Ok(held))).collect())
    }
}

fn create_all(
    connection: &mut PgConnection,
    creations: &[&Creation],
) -> QueryResult<Recorded<Vec<Held>>> {
    let ids: Vec<DbUuid> = creations.iter().map(|it| it.row.id.into()).collect();
    lock_existence_of_all(connection, &ids)?;
    let held = find_all(connection, &ids)?;
    let unknown = creations.iter().zip(&held);
    let unknown = unknown.filter(|(_, held)| **held == Held::Nothing);
    let new: Vec<&Creation> = unknown.map(|(creation, _)| *creation).collect();
    if new.is_empty() {
        return Ok(Recorded::unchanged(held));
    }
    // The locks keep other transactions from creating them.
    Insert(new.iter().map(|it| UserRow::from(&it.row)).collect()).execute(connection)?;
    let events: Vec<_> = new.into_iter().flat_map(Creation::all_events).collect();
    let recorded = record(connection, &events)?;
    let held = find_all(connection, &ids)?;
    Ok(recorded.map(|()| held))
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
