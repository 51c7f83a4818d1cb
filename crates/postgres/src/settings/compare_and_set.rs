//! Changes many users' rows, and adds their audit entries and their changes for the feed, in one statement, and so in
//! one transaction and one round trip. It has a query type of its own because the server parses and plans a query that
//! Diesel gets as text each time.

mod spread;

use std::collections::HashMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, SmallInt, Timestamptz, Uuid};
use privet_application::settings::{Outcome, RowChange};
use privet_database::rows::changes::ChangeRow;
use privet_database::rows::settings::UserRow;
use privet_database::{Answers, DbTime, DbUuid, Statement};
use privet_domain::UserId;

use super::columns::UserColumns;
use crate::layout::KnownLayout;
use crate::record::{EntryColumns, INSERT_CHANGES, Recorded};

/// Sets the rows that have their expected revisions, and inserts their audit entries and their changes for the feed.
#[derive(Clone)]
pub(crate) struct Changes(pub KnownLayout);

impl Statement<PgConnection> for Changes {
    type Request = RowChange;
    type Answer = Recorded<Outcome>;

    const NAME: &'static str = "compare_and_set";
    const MOST: usize = 250;

    fn key(change: &RowChange) -> Option<UserId> {
        Some(change.row.id)
    }

    fn waits(&self) -> bool {
        self.0.get().is_spread()
    }

    fn run(
        &self,
        connection: &mut PgConnection,
        changes: &[&RowChange],
    ) -> QueryResult<Answers<Recorded<Outcome>>> {
        if self.0.get().is_spread() {
            return spread::set_all(connection, changes);
        }
        let locked: Vec<(DbUuid, bool)> =
            CompareAndSet::<TOGETHER>::all(changes).load(connection)?;
        let locked = locked.into_iter();
        let locked: HashMap<_, _> = locked.map(|(user_id, is)| (user_id.0, is)).collect();
        let answer = |change: &&RowChange| {
            let is_updated = locked.get(&change.row.id.as_uuid());
            is_updated.map(|is_updated| Ok(recorded(*is_updated)))
        };
        Ok(changes.iter().map(answer).collect())
    }

    fn run_alone(
        &self,
        connection: &mut PgConnection,
        change: &RowChange,
    ) -> QueryResult<Recorded<Outcome>> {
        if self.0.get().is_spread() {
            return spread::set_alone(connection, change);
        }
        let locked: Vec<(DbUuid, bool)> =
            CompareAndSet::<ALONE>::all(&[change]).load(connection)?;
        let is_updated = locked.iter().any(|(_, is_updated)| *is_updated);
        Ok(recorded(is_updated))
    }
}

fn recorded(is_updated: bool) -> Recorded<Outcome> {
    Recorded::in_statement(if is_updated {
        Outcome::Stored
    } else {
        Outcome::Conflict
    })
}

/// A change that is sent alone waits for the lock of its row. A batch, also of one change, skips locked rows.
const ALONE: bool = true;
const TOGETHER: bool = false;

/// Returns the users whose rows it locked, and whether each row was changed.
struct CompareAndSet<const WAITS: bool> {
    rows: UserColumns,
    expected: Vec<i64>,
    entries: EntryColumns,
    /// What the feed tells of each row: when, and what kinds; no kinds if it tells nothing.
    changed_at: Vec<DbTime>,
    kinds: Vec<i16>,
}

impl<const WAITS: bool> CompareAndSet<WAITS> {
    /// The changes of different users.
    fn all(changes: &[&RowChange]) -> Self {
        let mut changes = changes.to_vec();
        // All statements lock rows in this order, so that there are no deadlocks.
        changes.sort_unstable_by_key(|change| change.row.id.as_uuid());
        let expected = changes.iter().map(|change| change.expected.get());
        let entries = changes.iter().flat_map(|change| change.event.entries());
        let changed_at = changes
            .iter()
            .map(|change| DbTime(change.event.occurred_at));
        let told = changes.iter().map(|change| change.event.told());
        let kinds = told.map(|told| told.map_or(0, |told| ChangeRow::from(told).kinds));
        Self {
            expected: expected.collect(),
            entries: entries.collect(),
            changed_at: changed_at.collect(),
            kinds: kinds.collect(),
            rows: changes
                .iter()
                .map(|change| UserRow::from(&change.row))
                .collect(),
        }
    }
}

// The text is the same whatever the values: the statement is prepared once for each connection.
impl<const WAITS: bool> QueryId for CompareAndSet<WAITS> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const WAITS: bool> Query for CompareAndSet<WAITS> {
    type SqlType = (Uuid, Bool);
}

impl<const WAITS: bool> RunQueryDsl<PgConnection> for CompareAndSet<WAITS> {}

/// Locks the rows one after the other, because a lateral query with a limit can only run for each user in turn. The
/// `ctid` of a locked row does not change.
const LOCKED: &str = ") AS asked \
    (user_id, expected, revision, choices, preferences, cohorts, versions, changed_at, kinds) \
    CROSS JOIN LATERAL (SELECT ctid AS place FROM users WHERE user_id = asked.user_id \
    LIMIT 1 FOR NO KEY UPDATE";

/// A row that another transaction changed in the meantime has another `ctid` and is not found. The change is then reported
/// as a conflict and made again, even if the revision is still the expected one, as after a change of `has_exceptions`.
const UPDATED: &str = "updated AS (UPDATE users SET revision = locked.revision, \
    choices = locked.choices, preferences = locked.preferences, cohorts = locked.cohorts, \
    versions = locked.versions \
    FROM locked WHERE users.ctid = locked.place AND users.revision = locked.expected \
    RETURNING users.user_id, locked.changed_at, locked.kinds), ";

impl<const WAITS: bool> QueryFragment<Pg> for CompareAndSet<WAITS> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let rows = &self.rows;
        out.push_sql("WITH locked AS MATERIALIZED (SELECT asked.*, held.place FROM unnest(");
        out.push_bind_param::<Array<Uuid>, _>(&rows.user_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.expected)?;
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
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.changed_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SmallInt>, _>(&self.kinds)?;
        out.push_sql(LOCKED);
        if !WAITS {
            out.push_sql(" SKIP LOCKED");
        }
        out.push_sql(") AS held), ");
        out.push_sql(UPDATED);
        out.push_sql(
            "logged AS (INSERT INTO audit_log \
             (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id, reason) \
             SELECT entries.* FROM ",
        );
        self.entries.walk_ast(out.reborrow())?;
        out.push_sql(
            " WHERE entries.user_id IN (SELECT user_id FROM updated)), \
             in_feed AS (",
        );
        out.push_sql(INSERT_CHANGES);
        out.push_sql(
            "SELECT changed_at, user_id, kinds FROM updated WHERE kinds <> 0) \
             SELECT locked.user_id, updated.user_id IS NOT NULL \
             FROM locked LEFT JOIN updated ON updated.user_id = locked.user_id",
        );
        Ok(())
    }
}
