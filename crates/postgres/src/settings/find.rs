//! Finds many users' rows in one statement, and so in one snapshot. It has a query type of its own because the server
//! parses and plans a query that Diesel gets as text each time.

use std::collections::{HashMap, HashSet};

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Timestamptz, Uuid};
use privet_database::rows::settings::{Held, UserRow};
use privet_database::{Answers, DbUuid, Statement};
use privet_domain::UserId;

use crate::layout::{KnownLayout, Layout};
use crate::schema::users;
use crate::tombstones::erased_of;

/// Finds users' rows.
pub(crate) struct Finds(pub KnownLayout);

impl Statement<PgConnection> for Finds {
    type Request = UserId;
    type Answer = Held;

    const NAME: &'static str = "find";
    const MOST: usize = 1_000;

    fn run(
        &self,
        connection: &mut PgConnection,
        requests: &[&UserId],
    ) -> QueryResult<Answers<Held>> {
        let ids: Vec<_> = requests.iter().map(|user_id| (**user_id).into()).collect();
        let held = find_all(connection, &ids, self.0.get())?;
        Ok(held.into_iter().map(|held| Some(Ok(held))).collect())
    }
}

/// The stored rows or tombstones of these users, in their order.
pub(super) fn find_all(
    connection: &mut PgConnection,
    user_ids: &[DbUuid],
    layout: Layout,
) -> QueryResult<Vec<Held>> {
    if layout.is_spread() {
        return find_spread(connection, user_ids);
    }
    let rows: Vec<(Option<UserRow>, bool)> = FindAll(user_ids).load(connection)?;
    Ok(rows.into_iter().map(Held::from).collect())
}

/// The same on a distributed database: the rows, then the tombstones of the users without one. Whoever sees that the row
/// of an erased user is gone also sees the tombstone, which the node that was called commits first.
fn find_spread(connection: &mut PgConnection, user_ids: &[DbUuid]) -> QueryResult<Vec<Held>> {
    let rows: Vec<UserRow> = users::table
        .filter(users::user_id.eq_any(user_ids))
        .select((
            users::user_id,
            users::created_at,
            users::account_id,
            users::revision,
            users::choices,
            users::preferences,
            users::cohorts,
            users::versions,
        ))
        .load(connection)?;
    let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.user_id.0, row)).collect();
    let without = user_ids.iter().filter(|id| !rows.contains_key(&id.0));
    let without: Vec<DbUuid> = without.copied().collect();
    let erased: HashSet<_> = if without.is_empty() {
        HashSet::new()
    } else {
        let erased = erased_of(connection, without)?.into_iter();
        erased.map(|id| id.0).collect()
    };
    let held = |id: &DbUuid| Held::from((rows.get(&id.0).cloned(), erased.contains(&id.0)));
    Ok(user_ids.iter().map(held).collect())
}

struct FindAll<'a>(&'a [DbUuid]);

// The text does not depend on the users: the statement is prepared once for each connection.
impl QueryId for FindAll<'_> {
    type QueryId = FindAll<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for FindAll<'_> {
    type SqlType = (
        Nullable<(Uuid, Timestamptz, Uuid, BigInt, Jsonb, Jsonb, Jsonb, Jsonb)>,
        Bool,
    );
}

impl RunQueryDsl<PgConnection> for FindAll<'_> {}

// With LIMIT the planner can only look up each user by the primary key. A user with a row is not erased, so the table
// of tombstones is read for the others only.
impl QueryFragment<Pg> for FindAll<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT found.user_id, found.created_at, found.account_id, found.revision, found.choices, \
             found.preferences, found.cohorts, found.versions, CASE WHEN found.user_id IS NULL THEN \
             (SELECT true FROM erased_users WHERE user_id = asked.user_id LIMIT 1) IS NOT NULL \
             ELSE false END FROM unnest(",
        );
        out.push_bind_param::<Array<Uuid>, _>(self.0)?;
        out.push_sql(
            ") WITH ORDINALITY AS asked (user_id, place) LEFT JOIN LATERAL \
             (SELECT * FROM users WHERE user_id = asked.user_id LIMIT 1) AS found ON true \
             ORDER BY asked.place",
        );
        Ok(())
    }
}
