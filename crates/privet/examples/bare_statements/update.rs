//! The statement of an update, as `crates/postgres/src/settings/compare_and_set.rs` makes it: every column of the
//! row is set, and an audit entry inserted. Here whatever revision the row is at, and always to the same.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Jsonb, Text, Timestamptz};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::schema::users;

struct Update<C> {
    changeset: C,
    user_id: Uuid,
    entry: Entry,
}

/// A column each, as arrays of one.
struct Entry {
    id: Vec<Uuid>,
    actor_id: Vec<Uuid>,
    time: Vec<DateTime<Utc>>,
    setting: Vec<&'static str>,
    old_value: Vec<Value>,
    new_value: Vec<Value>,
    request_id: Vec<String>,
}

// The text is the same whatever the values: the statement is prepared once for each connection.
impl<C> QueryId for Update<C> {
    type QueryId = Update<()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C> Query for Update<C> {
    type SqlType = BigInt;
}

impl<C> RunQueryDsl<PgConnection> for Update<C> {}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Update<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        type PgUuid = diesel::sql_types::Uuid;
        let entry = &self.entry;
        out.push_sql("WITH updated AS (UPDATE users SET ");
        self.changeset.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE user_id = ");
        out.push_bind_param::<PgUuid, _>(&self.user_id)?;
        out.push_sql(" AND revision >= ");
        out.push_bind_param::<BigInt, _>(&1_i64)?;
        out.push_sql(
            " RETURNING user_id), logged AS (INSERT INTO audit_log \
             (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id) \
             SELECT updated.user_id, entries.* FROM updated, unnest(",
        );
        out.push_bind_param::<Array<PgUuid>, _>(&entry.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<PgUuid>, _>(&entry.actor_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&entry.time)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&entry.setting)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&entry.old_value)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Jsonb>, _>(&entry.new_value)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&entry.request_id)?;
        out.push_sql(") AS entries) SELECT count(*) FROM updated");
        Ok(())
    }
}

/// Answers how many rows were changed: one or none.
#[expect(
    clippy::disallowed_methods,
    reason = "load tests need times and ids, not reproducible ones"
)]
pub fn run(connection: &mut PgConnection, user_id: Uuid) -> QueryResult<i64> {
    let (now, id) = (Utc::now(), Uuid::now_v7());
    let entry = Entry {
        id: vec![id],
        actor_id: vec![user_id],
        time: vec![now],
        setting: vec!["messaging.show_last_seen"],
        old_value: vec![json!(true)],
        new_value: vec![json!(false)],
        request_id: vec![id.to_string()],
    };
    let changeset = (
        users::revision.eq(2_i64),
        users::choices.eq(json!({"messaging.show_last_seen": false})),
        users::preferences.eq(json!({})),
        users::versions.eq(json!({"messaging": [2, now.timestamp_micros()]})),
    )
        .as_changeset();
    Update {
        changeset,
        user_id,
        entry,
    }
    .get_result(connection)
}
