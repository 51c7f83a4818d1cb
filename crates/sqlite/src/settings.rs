//! Users' rows: finding, making and changing them.

mod audit;

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::settings::{Outcome, Presence, RowChange, SettingsStore};
use privet_database::DbUuid;
use privet_database::rows::audit::AuditRow;
use privet_database::rows::settings::{Held, UserRow};
use privet_domain::UserId;
use privet_domain::user::User;

use crate::SqliteStore;
use crate::connection::write_transaction;
use crate::schema::{audit_log, users};
use crate::tombstones::is_erased;

#[async_trait]
impl SettingsStore for SqliteStore {
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError> {
        let held = self
            .readers
            .read(move |connection| find(connection, user_id.into()))
            .await?;
        held.try_into()
    }

    async fn create(&self, row: &User) -> Result<Presence, StoreError> {
        let row = UserRow::from(row);
        let held = self
            .writer
            .write(|connection| write_transaction(connection, |connection| create(connection, row)))
            .await?;
        held.try_into()
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        let expected = change.expected.get();
        let row = UserRow::from(&change.row);
        let entries: Vec<_> = change.entries.iter().map(AuditRow::from).collect();
        self.writer
            .write(move |connection| {
                write_transaction(connection, |connection| {
                    compare_and_set(connection, expected, row, entries)
                })
            })
            .await
    }

    async fn settled(&self) {
        self.writer.settled().await;
    }
}

fn create(connection: &mut SqliteConnection, row: UserRow) -> QueryResult<Held> {
    let user_id = row.user_id;
    let held = find(connection, user_id)?;
    if held == Held::Nothing {
        insert(connection, row)?;
        return find(connection, user_id);
    }
    Ok(held)
}

fn compare_and_set(
    connection: &mut SqliteConnection,
    expected: i64,
    row: UserRow,
    entries: Vec<AuditRow>,
) -> QueryResult<Outcome> {
    let at_expected = users::table
        .find(row.user_id)
        .filter(users::revision.eq(expected));
    let updated = diesel::update(at_expected)
        .set((
            users::revision.eq(row.revision),
            users::choices.eq(row.choices),
            users::preferences.eq(row.preferences),
            users::versions.eq(row.versions),
        ))
        .execute(connection)?;
    if updated == 0 {
        return Ok(Outcome::Conflict);
    }
    for entry in entries {
        insert_entry(connection, entry)?;
    }
    Ok(Outcome::Stored)
}

fn insert_entry(connection: &mut SqliteConnection, entry: AuditRow) -> QueryResult<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::user_id.eq(entry.user_id),
            audit_log::id.eq(entry.id),
            audit_log::actor_id.eq(entry.actor_id),
            audit_log::occurred_at.eq(entry.occurred_at),
            audit_log::setting.eq(entry.setting),
            audit_log::old_value.eq(entry.old_value),
            audit_log::new_value.eq(entry.new_value),
            audit_log::request_id.eq(entry.request_id),
        ))
        .execute(connection)
        .map(drop)
}

/// Two statements and two snapshots, but each answer was true at one moment: a row when it was read, a tombstone from then
/// on, and nothing when the row was looked for, since a tombstone that is not there afterwards was not there then.
fn find(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<Held> {
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

fn insert(connection: &mut SqliteConnection, row: UserRow) -> QueryResult<usize> {
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
        .execute(connection)
}
