//! Users' rows: finding, making and changing them.

mod audit;
mod compare_and_set;

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::settings::{Outcome, Presence, RowChange, SettingsStore};
use privet_application::user_events::UserEvent;
use privet_database::DbUuid;
use privet_database::rows::settings::{Held, UserRow};
use privet_domain::UserId;
use privet_domain::settings::user::User;

use crate::PostgresStore;
use crate::locks::lock_existence;
use crate::record::{Recorded, record};
use crate::schema::users;
use crate::tombstones::is_erased;
use compare_and_set::CompareAndSet;

#[async_trait]
impl SettingsStore for PostgresStore {
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError> {
        let held = self
            .executor
            .read(move |connection| find(connection, user_id.into()))
            .await?;
        held.try_into()
    }

    async fn create(&self, row: &User) -> Result<Presence, StoreError> {
        let user = row.clone();
        let held = self
            .change(move |connection| create(connection, &user))
            .await?;
        held.try_into()
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        let change = CompareAndSet {
            row: UserRow::from(&change.row),
            expected: change.expected.get(),
            entries: change.event.entries().iter().collect(),
        };
        self.change_in_one_statement(move |connection| {
            let updated: i64 = change.get_result(connection)?;
            Ok(Recorded::in_statement(match updated {
                0 => Outcome::Conflict,
                _ => Outcome::Stored,
            }))
        })
        .await
    }

    async fn settled(&self) {
        self.executor.settled().await;
    }
}

fn create(connection: &mut PgConnection, user: &User) -> QueryResult<Recorded<Held>> {
    let user_id = DbUuid::from(user.id);
    lock_existence(connection, user_id)?;
    if is_erased(connection, user_id)? {
        return Ok(Recorded::unchanged(Held::Erased));
    }
    let recorded = if insert(connection, UserRow::from(user))? == 1 {
        record(connection, &[UserEvent::created(user)])?
    } else {
        Recorded::unchanged(())
    };
    let held = find(connection, user_id)?;
    Ok(recorded.map(|()| held))
}

/// Two statements and two snapshots, but each answer was true at one moment: a row when it was read, a tombstone from then
/// on, and nothing when the row was looked for, since a tombstone that is not there afterwards was not there then.
fn find(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<Held> {
    let row: Option<UserRow> = users::table
        .find(user_id)
        .get_result(connection)
        .optional()?;
    Ok(match row {
        Some(row) => Held::Row(Box::new(row)),
        None if is_erased(connection, user_id)? => Held::Erased,
        None => Held::Nothing,
    })
}

fn insert(connection: &mut PgConnection, row: UserRow) -> QueryResult<usize> {
    diesel::insert_into(users::table)
        .values((
            users::user_id.eq(row.user_id),
            users::created_at.eq(row.created_at),
            users::account_id.eq(row.account_id),
            users::revision.eq(row.revision),
            users::choices.eq(row.choices),
            users::preferences.eq(row.preferences),
            users::versions.eq(row.versions),
        ))
        .on_conflict(users::user_id)
        .do_nothing()
        .execute(connection)
}
