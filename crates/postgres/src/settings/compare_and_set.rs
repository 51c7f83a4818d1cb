//! A change of a row and its audit entries as one statement, hence one transaction and one round trip.
//! A query type of its own, because Diesel has the server parse and plan anew whatever comes as text.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Jsonb, Uuid};
use privet_database::rows::settings::UserRow;

use crate::record::EntryColumns;

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
        out.push_sql(", cohorts = ");
        out.push_bind_param::<Jsonb, _>(&row.cohorts)?;
        out.push_sql(", versions = ");
        out.push_bind_param::<Jsonb, _>(&row.versions)?;
        out.push_sql(" WHERE user_id = ");
        out.push_bind_param::<Uuid, _>(&row.user_id)?;
        out.push_sql(" AND revision = ");
        out.push_bind_param::<BigInt, _>(&self.expected)?;
        out.push_sql(
            " RETURNING user_id), logged AS (INSERT INTO audit_log \
             (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id) \
             SELECT entries.* FROM updated, ",
        );
        self.entries.walk_ast(out.reborrow())?;
        out.push_sql(") SELECT count(*) FROM updated");
        Ok(())
    }
}
