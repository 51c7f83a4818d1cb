//! A change of a row and its audit entries as one statement, hence one transaction and one round trip.
//! A query type of its own, because Diesel has the server parse and plan anew whatever comes as text.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Jsonb, Text, Timestamptz, Uuid};
use privet_database::rows::audit::AuditRow;
use privet_database::rows::settings::UserRow;
use privet_database::{DbTime, DbUuid};
use serde_json::Value;

/// Sets a row's columns if it is at the expected revision, and with it inserts audit entries. Answers
/// how many rows were changed: one or none.
pub(crate) struct CompareAndSet {
    pub row: UserRow,
    pub expected: i64,
    pub entries: EntryColumns,
}

// The text is the same whatever the values: the statement is prepared once for each connection.
impl QueryId for CompareAndSet {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for CompareAndSet {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for CompareAndSet {}

impl QueryFragment<Pg> for CompareAndSet {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let row = &self.row;
        out.push_sql("WITH updated AS (UPDATE users SET revision = ");
        out.push_bind_param::<BigInt, _>(&row.revision)?;
        out.push_sql(", choices = ");
        out.push_bind_param::<Jsonb, _>(&row.choices)?;
        out.push_sql(", preferences = ");
        out.push_bind_param::<Jsonb, _>(&row.preferences)?;
        out.push_sql(", versions = ");
        out.push_bind_param::<Jsonb, _>(&row.versions)?;
        out.push_sql(" WHERE user_id = ");
        out.push_bind_param::<Uuid, _>(&row.user_id)?;
        out.push_sql(" AND revision = ");
        out.push_bind_param::<BigInt, _>(&self.expected)?;
        out.push_sql(
            " RETURNING user_id), logged AS (INSERT INTO audit_log \
             (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id) \
             SELECT updated.user_id, entries.* FROM updated, unnest(",
        );
        let entries = &self.entries;
        out.push_bind_param::<Array<Uuid>, _>(&entries.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Uuid>, _>(&entries.actor_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&entries.times)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&entries.settings)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&entries.old_values)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&entries.new_values)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&entries.request_ids)?;
        out.push_sql(") AS entries) SELECT count(*) FROM updated");
        Ok(())
    }
}

/// Audit rows turned on their side: one array for each column, so that any number of them makes the
/// same statement.
#[derive(Default)]
pub(crate) struct EntryColumns {
    ids: Vec<DbUuid>,
    actor_ids: Vec<DbUuid>,
    times: Vec<DbTime>,
    settings: Vec<String>,
    old_values: Vec<Value>,
    new_values: Vec<Value>,
    request_ids: Vec<String>,
}

impl FromIterator<AuditRow> for EntryColumns {
    fn from_iter<I: IntoIterator<Item = AuditRow>>(rows: I) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.ids.push(row.id);
            columns.actor_ids.push(row.actor_id);
            columns.times.push(row.occurred_at);
            columns.settings.push(row.setting);
            columns.old_values.push(row.old_value);
            columns.new_values.push(row.new_value);
            columns.request_ids.push(row.request_id);
        }
        columns
    }
}
