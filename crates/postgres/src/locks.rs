//! Advisory locks for transactions at READ COMMITTED. A transaction holds them until it ends. It takes a lock in an
//! earlier statement than the one that reads, which so sees the changes of the previous holders.
//!
//! There are no deadlocks. Transactions that create users take the locks of all these users in the order of their keys.
//! Transactions that erase a user take that user's lock only. Transactions that concern two users take both users'
//! locks in the order of their keys, and then the lock of the pair. Rows are locked after these. A statement locks
//! several rows of one table only if the locks above keep other statements from doing the same, or, in `users`, in the
//! order of their ids. Erasures lock many rows, and skip locked rows instead of waiting. All transactions lock rows of
//! `list_counts`, and then those of `follow_counts`, last, in the order of their keys. One exception: a change of a
//! user's exceptions locks the user's own row of `users` after `list_counts`; no transaction that holds this row waits
//! for a row of another table.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use privet_database::DbUuid;
use privet_domain::{Pair, UserId};

/// Prevents erasures, and changes of exceptions, blocks and follows by users, until the transaction ends, and other
/// imports as well. An import of a thousand relationships takes one lock instead of two thousand: the number of locks of a
/// server is bounded. It takes no other lock of this module.
pub(crate) fn lock_imports(connection: &mut PgConnection) -> QueryResult<()> {
    let (high, low) = IMPORTS;
    connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({high}, {low})"))
}

/// What transactions that must not run during an import do first.
fn hold_off_imports() -> String {
    let (high, low) = IMPORTS;
    format!("SELECT pg_advisory_xact_lock_shared({high}, {low})")
}

/// The key of imports. A pair may have the same key; then both wait without need.
const IMPORTS: (i32, i32) = (0x7072_6976, 0x696d_706f);

/// Locks the existence of this user exclusively. Other transactions that create or erase the user, or add rows about
/// the user and another one, wait.
///
/// An erasure MUST take this lock first. It inserts the tombstone and deletes the rows in later statements of the
/// transaction. Otherwise a row that is inserted in between would survive the erasure.
pub(crate) fn lock_existence(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<()> {
    connection.batch_execute(&hold_off_imports())?;
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(existence_key(user_id))
        .execute(connection)
        .map(drop)
}

/// The same for several users, in one round trip. The locks are taken one after the other.
pub(crate) fn lock_existence_of_all(
    connection: &mut PgConnection,
    user_ids: &[DbUuid],
) -> QueryResult<()> {
    let keys: BTreeSet<i64> = user_ids.iter().copied().map(existence_key).collect();
    let lock = |key: i64| format!("SELECT pg_advisory_xact_lock('{key}')");
    let statements: Vec<_> = keys.into_iter().map(lock).collect();
    connection.batch_execute(&statements.join("; "))
}

/// Prevents this user from being created or erased.
pub(crate) fn hold_existence_of(connection: &mut PgConnection, user_id: UserId) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)")
        .bind::<BigInt, _>(existence_key(user_id.into()))
        .execute(connection)
        .map(drop)
}

/// Prevents both users from being created or erased.
pub(crate) fn hold_existence(connection: &mut PgConnection, pair: Pair) -> QueryResult<()> {
    connection.batch_execute(&existence_statements(pair))
}

/// Prevents both users from being created or erased. Other calls for the same two users wait.
pub(crate) fn hold_pair(connection: &mut PgConnection, pair: Pair) -> QueryResult<()> {
    let [actor, other] = existence_keys(pair);
    // The key is the same for both directions. A key of two 32-bit numbers never equals a key of one 64-bit number.
    let pair_key = actor ^ other;
    let (high, low) = (pair_key >> 32, (pair_key << 32) >> 32);
    let (imports, existence) = (hold_off_imports(), existence_statements(pair));
    connection.batch_execute(&format!(
        "{imports}; {existence}; SELECT pg_advisory_xact_lock('{high}', '{low}')"
    ))
}

/// The statements are sent in one round trip, and executed one after the other. The keys are quoted, because the least
/// 64-bit number without quotes is a minus sign and a number that is out of range.
fn existence_statements(pair: Pair) -> String {
    let mut keys = existence_keys(pair);
    keys.sort_unstable();
    keys.map(|key| format!("SELECT pg_advisory_xact_lock_shared('{key}')"))
        .join("; ")
}

fn existence_keys(pair: Pair) -> [i64; 2] {
    [pair.actor(), pair.other()].map(|user_id: UserId| existence_key(user_id.into()))
}

/// Different users may have the same key. Then they wait for each other without need, which is harmless.
fn existence_key(user_id: DbUuid) -> i64 {
    let (high, low) = user_id.0.as_u64_pair();
    (high ^ low).cast_signed()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use privet_application::relationships::follows::{FollowStore, FollowWish, Followed};
    use privet_domain::Timestamp;
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use crate::{PostgresConfig, PostgresStore};

    use super::*;

    /// The keys of the locks are literals in SQL.
    #[tokio::test]
    async fn users_with_the_least_and_the_greatest_keys_can_be_locked() {
        let migrate = async |url: String| open(&url).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let store = open(database.url());
        let ids = [i64::MIN, i64::MIN >> 32, -1, 0, 1, i64::MAX]
            .map(|key| UserId::from_uuid(uuid::Uuid::from_u64_pair(0, key.cast_unsigned())));
        for (place, actor) in ids.into_iter().enumerate() {
            for &other in &ids[place + 1..] {
                let wish = FollowWish {
                    pair: Pair::new(actor, other).unwrap(),
                    id: uuid::Uuid::from_u64_pair(1, place as u64),
                    now: Timestamp::from_micros(0).unwrap(),
                    catalogue: std::sync::Arc::new(privet_domain::catalogue::Catalogue::core()),
                };
                let followed = store.follow(&wish).await.unwrap();
                assert!(matches!(followed, Followed::Follow(_)), "{followed:?}");
            }
        }
    }

    fn open(url: &str) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
            spread: false,
        })
        .unwrap()
    }
}
