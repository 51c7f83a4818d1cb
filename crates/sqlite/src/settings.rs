//! Finding, creating and changing users' rows.

mod audit;
mod expiry;

use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Json};
use diesel::sqlite::Sqlite;
use privet_application::StoreError;
use privet_application::settings::{Creation, Outcome, Presence, RowChange, SettingsStore};
use privet_database::rows::settings::{Held, UserRow};
use privet_database::{Answers, DbUuid, Statement};
use privet_domain::UserId;

use crate::SqliteStore;
use crate::record::{Recorded, record};
use crate::schema::users;
use crate::tombstones::is_erased;

#[async_trait]
impl SettingsStore for SqliteStore {
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError> {
        self.finds.submit(user_id).await?.try_into()
    }

    async fn create(&self, creation: Creation) -> Result<Presence, StoreError> {
        let held = self
            .change(move |connection| create(connection, &creation))
            .await?;
        held.try_into()
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        let change = change.clone();
        self.change(move |connection| compare_and_set(connection, &change))
            .await
    }

    async fn settled(&self) {
        self.writer.settled().await;
    }
}

/// Finds users' rows.
pub(crate) struct Finds;

impl Statement<SqliteConnection> for Finds {
    type Request = UserId;
    type Answer = Held;

    const NAME: &'static str = "find";
    const MOST: usize = 1_000;

    fn run(
        &self,
        connection: &mut SqliteConnection,
        requests: &[&UserId],
    ) -> QueryResult<Answers<Held>> {
        let find = |connection: &mut _, user_id: &&UserId| find(connection, (**user_id).into());
        if let [user_id] = requests {
            return Ok(vec![Some(Ok(find(connection, user_id)?))]);
        }
        // All requests share one snapshot, because a snapshot costs as much as a read.
        connection.transaction(|connection| {
            let held = requests
                .iter()
                .map(|user_id| Ok(Some(Ok(find(connection, user_id)?))));
            held.collect()
        })
    }
}

fn create(connection: &mut SqliteConnection, creation: &Creation) -> QueryResult<Recorded<Held>> {
    let user_id = DbUuid::from(creation.row.id);
    let held = find(connection, user_id)?;
    if held != Held::Nothing {
        return Ok(Recorded::unchanged(held));
    }
    insert(connection, UserRow::from(&creation.row))?;
    let recorded = record(connection, &creation.all_events())?;
    let held = find(connection, user_id)?;
    Ok(recorded.map(|()| held))
}

fn compare_and_set(
    connection: &mut SqliteConnection,
    change: &RowChange,
) -> QueryResult<Recorded<Outcome>> {
    let set = SetRow {
        row: (&change.row).into(),
        expected: change.expected.get(),
    };
    if set.execute(connection)? == 0 {
        return Ok(Recorded::unchanged(Outcome::Conflict));
    }
    let recorded = record(connection, std::slice::from_ref(&change.event))?;
    Ok(recorded.map(|()| Outcome::Stored))
}

/// Sets a row that has the expected revision. It has a query type of its own because SQLite compiles an update of Diesel's
/// each time, which took a fifth of the instructions of a request.
struct SetRow {
    row: UserRow,
    expected: i64,
}

// The text is the same whatever the values: the statement is prepared once for each connection.
impl QueryId for SetRow {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<SqliteConnection> for SetRow {}

impl QueryFragment<Sqlite> for SetRow {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let row = &self.row;
        out.push_sql("UPDATE users SET revision = ");
        out.push_bind_param::<BigInt, _>(&row.revision)?;
        out.push_sql(", choices = ");
        out.push_bind_param::<Json, _>(&row.choices)?;
        out.push_sql(", preferences = ");
        out.push_bind_param::<Json, _>(&row.preferences)?;
        out.push_sql(", cohorts = ");
        out.push_bind_param::<Json, _>(&row.cohorts)?;
        out.push_sql(", versions = ");
        out.push_bind_param::<Json, _>(&row.versions)?;
        out.push_sql(" WHERE user_id = ");
        out.push_bind_param::<Binary, _>(&row.user_id)?;
        out.push_sql(" AND revision = ");
        out.push_bind_param::<BigInt, _>(&self.expected)?;
        Ok(())
    }
}

/// There are two statements and so two snapshots. Each answer is still correct for one moment: a row for the moment of
/// the first statement, and a tombstone for the second one, because tombstones are never deleted. [`Held::Nothing`] is
/// correct for the first statement, because a tombstone that does not exist later did not exist then.
fn find(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<Held> {
    let row: Option<UserRow> = users::table
        .find(user_id)
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
        .get_result(connection)
        .optional()?;
    Ok(match row {
        Some(row) => Held::Row(Box::new(row)),
        None if is_erased(connection, user_id)? => Held::Erased,
        None => Held::Nothing,
    })
}

fn insert(connection: &mut SqliteConnection, row: UserRow) -> QueryResult<usize> {
    let has_exceptions = sql::<Bool>("EXISTS (SELECT 1 FROM exceptions WHERE owner_id = ")
        .bind::<Binary, _>(row.user_id)
        .sql(")");
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
            users::has_exceptions.eq(has_exceptions),
        ))
        .execute(connection)
}
