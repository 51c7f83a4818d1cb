//! Users' rows: finding, making and changing them.

use async_trait::async_trait;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use privet_application::StoreError;
use privet_application::settings::{Outcome, Presence, RowChange, SettingsStore};
use privet_database::audit::AuditRow;
use privet_database::settings::{Held, UserRow};
use privet_database::{DbUuid, user_assignments};
use privet_domain::UserId;
use privet_domain::user::User;

use crate::PostgresStore;
use crate::compare_and_set::CompareAndSet;
use crate::schema::{erased_users, users};

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
        let row = UserRow::from(row);
        let held = self
            .executor
            .write(move |connection| connection.transaction(|connection| create(connection, row)))
            .await?;
        held.try_into()
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        let change = CompareAndSet {
            user_id: change.row.id.into(),
            expected: change.expected.get(),
            entries: change.entries.iter().map(AuditRow::from).collect(),
            changeset: user_assignments!(users, UserRow::from(&change.row)).as_changeset(),
        };
        let updated: i64 = self
            .executor
            .write(move |connection| change.get_result(connection))
            .await?;
        Ok(match updated {
            0 => Outcome::Conflict,
            _ => Outcome::Stored,
        })
    }
}

/// Two statements and two snapshots, but each of the three answers held at the time of the last one
/// read: nobody who was erased ever comes back.
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

fn is_erased(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<bool> {
    select(exists(erased_users::table.find(user_id))).get_result(connection)
}

fn create(connection: &mut PgConnection, row: UserRow) -> QueryResult<Held> {
    let user_id = row.user_id;
    lock_existence(connection, user_id)?;
    if is_erased(connection, user_id)? {
        return Ok(Held::Erased);
    }
    diesel::insert_into(users::table)
        .values(user_assignments!(users, row))
        .on_conflict(users::user_id)
        .do_nothing()
        .execute(connection)?;
    find(connection, user_id)
}

/// Waits until nobody else makes or erases this user, and keeps them out until the transaction ends.
///
/// Whatever erases a user MUST take this lock first, and only in a later statement of the transaction
/// insert the tombstone and delete the row: else a row could be made between its looking and its
/// deleting, and outlive the tombstone. It MUST delete the row before what hangs on it, so that a change
/// under way has either left its audit entries behind for it to find, or finds no row.
fn lock_existence(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<()> {
    let (high, low) = user_id.0.as_u64_pair();
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>((high ^ low).cast_signed())
        .execute(connection)
        .map(drop)
}
