//! The transactions of an erasure on a distributed database. Every node has all tombstones and all erasures under way: a
//! change of these tables locks the whole table until the transaction ends, and so it comes last. Only an INSERT that
//! expects no conflict locks it for no other INSERT.

use diesel::prelude::*;
use privet_application::accounts::erasure::{ErasureStart, Progress};
use privet_application::user_events::UserEvent;
use privet_database::{DbTime, DbUuid};
use privet_domain::{Timestamp, UserId};

use crate::layout::Layout;
use crate::locks::claim_erasure;
use crate::record::{Recorded, record};
use crate::schema::{erased_users, erasures_under_way, users};
use crate::tombstones::erased_of;

use super::deletion::{delete_batch, is_shown_anywhere};
use super::{is_under_way, receipts};

/// The first transaction. The caller MUST prevent other transactions from creating the user, rows about the user, or
/// the tombstone, until the transaction ends.
pub(super) fn begin(
    connection: &mut PgConnection,
    start: ErasureStart,
) -> QueryResult<Recorded<Progress>> {
    let ErasureStart { user_id, now, .. } = start;
    let key = DbUuid::from(user_id);
    let is_new = is_not_erased(connection, key)?;
    if !is_new && !claim_erasure(connection, key)? {
        return Ok(Recorded::unchanged(Progress::RowsHeld));
    }
    let was_under_way = !is_new && is_under_way_here(connection, key)?;
    if is_new && start.has_receipt {
        receipts::begin(connection, key)?;
    }
    diesel::delete(users::table.find(key)).execute(connection)?;
    if is_new {
        record(connection, &[UserEvent::erased(user_id, now)])?;
    }
    let most = start.most;
    let recorded = delete_batch(connection, user_id, now, most, Layout::Spread)?;
    if is_new {
        leave_tombstone(connection, key, start.at)?;
    }
    let progress = *recorded.answer();
    match (progress, was_under_way) {
        (Progress::Finished, true) => unmark(connection, key)?,
        (Progress::RowsLeft | Progress::RowsHeld, false) => mark(connection, key, start.at)?,
        (Progress::Finished, false) | (Progress::RowsLeft | Progress::RowsHeld, true) => {}
    }
    Ok(recorded)
}

/// Each later transaction.
pub(super) fn go_on(
    connection: &mut PgConnection,
    user_id: UserId,
    now: Timestamp,
    most: u32,
) -> QueryResult<Recorded<Progress>> {
    let key = DbUuid::from(user_id);
    let is_claimed = claim_erasure(connection, key)?;
    if !is_under_way_here(connection, key)? {
        return Ok(Recorded::unchanged(Progress::Finished));
    }
    if !is_claimed {
        return Ok(Recorded::unchanged(Progress::RowsHeld));
    }
    let recorded = delete_batch(connection, user_id, now, most, Layout::Spread)?;
    if *recorded.answer() == Progress::Finished {
        unmark(connection, key)?;
    }
    Ok(recorded)
}

/// Whether every node has applied the transactions of the erasure: the user's row is gone, and so are all other rows,
/// unless they are hidden.
pub(super) fn is_in_effect(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<bool> {
    let rows: i64 = users::table.find(user_id).count().get_result(connection)?;
    Ok(rows == 0 && !is_shown_anywhere(connection, user_id)?)
}

pub(super) fn is_not_erased(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<bool> {
    Ok(erased_of(connection, vec![user_id])?.is_empty())
}

fn is_under_way_here(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<bool> {
    is_under_way(connection, user_id, Layout::Spread)
}

fn leave_tombstone(
    connection: &mut PgConnection,
    user_id: DbUuid,
    at: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(erased_users::table)
        .values((
            erased_users::user_id.eq(user_id),
            erased_users::erased_at.eq(DbTime(at)),
        ))
        .execute(connection)
        .map(drop)
}

/// Marks the erasure as unfinished.
fn mark(connection: &mut PgConnection, user_id: DbUuid, at: Timestamp) -> QueryResult<()> {
    diesel::insert_into(erasures_under_way::table)
        .values((
            erasures_under_way::user_id.eq(user_id),
            erasures_under_way::begun_at.eq(DbTime(at)),
        ))
        .execute(connection)
        .map(drop)
}

fn unmark(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<()> {
    diesel::delete(erasures_under_way::table.find(user_id))
        .execute(connection)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::connection::SimpleConnection;
    use privet_application::accounts::erasure::ErasureStore;
    use privet_application::settings::SettingsStore;
    use privet_application::{StoreError, tombstones::TombstoneStore};
    use privet_store_conformance::postgres_fixture::TestDatabase;
    use privet_store_conformance::samples::{at, some_id, somebody};

    use super::*;
    use crate::{PostgresConfig, PostgresStore};

    fn open(url: &str, spread: bool) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(1),
            spread,
        })
        .unwrap()
    }

    async fn migrated() -> (TestDatabase, PgConnection) {
        let migrate = async |url: String| open(&url, false).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let connection = PgConnection::establish(database.url()).unwrap();
        (database, connection)
    }

    fn start(user_id: UserId) -> ErasureStart {
        ErasureStart {
            user_id,
            at: at(2),
            now: at(2),
            most: 10,
            has_receipt: false,
        }
    }

    #[tokio::test]
    async fn a_row_that_no_node_hides_shows_that_an_erasure_is_not_in_effect() {
        let (_database, mut connection) = migrated().await;
        for (table, columns) in [
            ("contacts", "owner_id, contact_id, added_at"),
            ("blocks", "blocked_id, blocker_id, blocked_at"),
        ] {
            let erased = some_id();
            let key = DbUuid::from(erased);
            assert!(is_in_effect(&mut connection, key).unwrap());
            let (id, other) = (erased.as_uuid(), some_id().as_uuid());
            let insert =
                format!("INSERT INTO {table} ({columns}) VALUES ('{other}', '{id}', now())");
            connection.batch_execute(&insert).unwrap();
            assert!(!is_in_effect(&mut connection, key).unwrap(), "{table}");
            let hide = format!("INSERT INTO erasures_under_way VALUES ('{id}', now())");
            connection.batch_execute(&hide).unwrap();
            assert!(is_in_effect(&mut connection, key).unwrap(), "{table}");
        }
    }

    /// As if the node of the user did not apply the deletion.
    const KEEP_USERS: &str = "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql \
        AS 'BEGIN RETURN NULL; END'; \
        CREATE TRIGGER keep BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION keep()";

    #[tokio::test]
    async fn an_erasure_that_a_node_has_not_applied_is_not_acknowledged() {
        let (database, mut connection) = migrated().await;
        let user = somebody();
        let store = open(database.url(), true);
        store.create(user.clone().into()).await.unwrap();
        connection.batch_execute(KEEP_USERS).unwrap();
        let error = store.begin_erasure(start(user.id)).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert!(store.is_erased(user.id).await.unwrap());
        // It is not acknowledged to a caller who tries again either, until the node has applied it.
        let error = store.begin_erasure(start(user.id)).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        connection
            .batch_execute("DROP TRIGGER keep ON users")
            .unwrap();
        let begun = store.begin_erasure(start(user.id)).await.unwrap();
        assert_eq!(begun, Progress::Finished);
        assert_eq!(store.erasures_under_way(10).await.unwrap(), []);
        // The control: in one database nothing is read again.
        let (database, mut connection) = migrated().await;
        let store = open(database.url(), false);
        store.create(user.clone().into()).await.unwrap();
        connection.batch_execute(KEEP_USERS).unwrap();
        store.begin_erasure(start(user.id)).await.unwrap();
    }
}
