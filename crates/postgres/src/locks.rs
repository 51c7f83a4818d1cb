//! The locks that keep transactions of READ COMMITTED out of each other's way, all held until the
//! transaction ends. Each is taken in an earlier statement than the one that looks, which then sees what
//! whoever held it before has left behind.
//!
//! There are no deadlocks. Transactions that create users take the locks of all these users in the order of their keys; those
//! that erase a user take that user's lock only. Transactions that concern two users take both users' locks in the order of
//! their keys, and then the lock of the pair. Rows are locked after these. A statement locks several rows of one table only if
//! the locks above keep other statements from doing the same, or, in `users`, in the order of their ids. Erasures lock many
//! rows and wait for none. All transactions lock rows of `list_counts`, and then those of `follow_counts`, last, in the order
//! of their keys. One exception: a change of a user's exceptions locks the user's own row of `users` after `list_counts`;
//! no transaction that holds this row waits for a row of another table.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use privet_database::DbUuid;
use privet_domain::{Pair, UserId};

/// Waits until nobody else makes, erases or ties anybody to this user, and keeps them out.
///
/// Whatever erases a user MUST take this lock first, and only in a later statement of the transaction
/// insert the tombstone and delete the rows: else one could be made between its looking and its deleting,
/// and outlive the tombstone.
pub(crate) fn lock_existence(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(existence_key(user_id))
        .execute(connection)
        .map(drop)
}

/// The same for several users: one round trip, one lock after the other.
pub(crate) fn lock_existence_of_all(
    connection: &mut PgConnection,
    user_ids: &[DbUuid],
) -> QueryResult<()> {
    let keys: BTreeSet<i64> = user_ids.iter().copied().map(existence_key).collect();
    let lock = |key: i64| format!("SELECT pg_advisory_xact_lock('{key}')");
    let statements: Vec<_> = keys.into_iter().map(lock).collect();
    connection.batch_execute(&statements.join("; "))
}

/// Keeps both users from being erased, or made.
pub(crate) fn hold_existence(connection: &mut PgConnection, pair: Pair) -> QueryResult<()> {
    connection.batch_execute(&existence_statements(pair))
}

/// Keeps both users from being erased, or made, and everybody else from this function for the two.
pub(crate) fn hold_pair(connection: &mut PgConnection, pair: Pair) -> QueryResult<()> {
    let [actor, other] = existence_keys(pair);
    // Whoever acts, it is the same pair. Two numbers of 32 bits are a key that no single one equals.
    let pair_key = actor ^ other;
    let (high, low) = (pair_key >> 32, (pair_key << 32) >> 32);
    let existence = existence_statements(pair);
    connection.batch_execute(&format!(
        "{existence}; SELECT pg_advisory_xact_lock('{high}', '{low}')"
    ))
}

/// In one round trip, and yet one after the other. The quotes leave the least number there is one number;
/// without them it is a minus and one too great.
fn existence_statements(pair: Pair) -> String {
    let mut keys = existence_keys(pair);
    keys.sort_unstable();
    keys.map(|key| format!("SELECT pg_advisory_xact_lock_shared('{key}')"))
        .join("; ")
}

fn existence_keys(pair: Pair) -> [i64; 2] {
    [pair.actor(), pair.other()].map(|user_id: UserId| existence_key(user_id.into()))
}

/// Different users may have the same key; then they wait for each other without need.
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

    /// The locks' keys are written out in SQL.
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
        })
        .unwrap()
    }
}
