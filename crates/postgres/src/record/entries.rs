//! Inserts audit entries. It has query types of its own because the server parses and plans a query that Diesel gets as
//! text each time.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Jsonb, Nullable, Text, Timestamptz, Uuid};
use privet_database::rows::audit::AuditRow;
use privet_database::{DbTime, DbUuid};
use privet_domain::settings::audit::AuditEntry;
use serde_json::Value;

use crate::schema::audit_log;

/// Inserts these entries.
pub(crate) struct InsertEntries(pub EntryColumns);

// The text does not depend on the values: the statement is prepared once for each connection.
impl QueryId for InsertEntries {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for InsertEntries {}

impl QueryFragment<Pg> for InsertEntries {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO audit_log \
             (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id, reason) \
             SELECT entries.* FROM ",
        );
        self.0.walk_ast(out.reborrow())
    }
}

/// Inserts one entry.
pub(super) fn insert_entry(connection: &mut PgConnection, entry: &AuditEntry) -> QueryResult<()> {
    let row = AuditRow::from(entry);
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::user_id.eq(row.user_id),
            audit_log::id.eq(row.id),
            audit_log::actor_id.eq(row.actor_id),
            audit_log::occurred_at.eq(row.occurred_at),
            audit_log::setting.eq(row.setting),
            audit_log::old_value.eq(row.old_value),
            audit_log::new_value.eq(row.new_value),
            audit_log::request_id.eq(row.request_id),
            audit_log::reason.eq(row.reason),
        ))
        .execute(connection)
        .map(drop)
}

/// Audit rows as one array for each column, so that the statement is the same for any number of rows. In a query, it is
/// the table `entries` with its columns in the order of `audit_log`.
#[derive(Default)]
pub(crate) struct EntryColumns {
    user_ids: Vec<DbUuid>,
    ids: Vec<DbUuid>,
    actor_ids: Vec<DbUuid>,
    times: Vec<DbTime>,
    settings: Vec<String>,
    old_values: Vec<Value>,
    new_values: Vec<Value>,
    request_ids: Vec<String>,
    reasons: Vec<Option<String>>,
}

impl EntryColumns {
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl QueryFragment<Pg> for EntryColumns {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("unnest(");
        out.push_bind_param::<Array<Uuid>, _>(&self.user_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Uuid>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Uuid>, _>(&self.actor_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.times)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.settings)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&self.old_values)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&self.new_values)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.request_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.reasons)?;
        out.push_sql(
            ") AS entries \
             (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id, reason)",
        );
        Ok(())
    }
}

impl<'a> FromIterator<&'a AuditEntry> for EntryColumns {
    fn from_iter<I: IntoIterator<Item = &'a AuditEntry>>(entries: I) -> Self {
        let mut columns = Self::default();
        for row in entries.into_iter().map(AuditRow::from) {
            columns.user_ids.push(row.user_id);
            columns.ids.push(row.id);
            columns.actor_ids.push(row.actor_id);
            columns.times.push(row.occurred_at);
            columns.settings.push(row.setting);
            columns.old_values.push(row.old_value);
            columns.new_values.push(row.new_value);
            columns.request_ids.push(row.request_id);
            columns.reasons.push(row.reason);
        }
        columns
    }
}
