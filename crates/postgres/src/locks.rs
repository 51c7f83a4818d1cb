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
//!
//! On a distributed database, locks that concern a user are taken twice. The node that was called keeps its lock until
//! all other nodes have committed, or did not answer. The node with the user's rows keeps its lock until it has committed;
//! if nothing was changed there, it may do so while others still write. Rows of several users are locked by one statement
//! for each user. Changes of tables that every node has come after all other locks: they lock the whole table.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use privet_database::DbUuid;
use privet_domain::{Pair, UserId};

use crate::layout::Layout;

/// Prevents erasures, and changes of exceptions, blocks and follows by users, until the transaction ends, and other
/// imports as well. An import of a thousand relationships takes one lock instead of two thousand: the number of locks of a
/// server is bounded. It takes no other lock of this module, except on a distributed database.
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
pub(crate) fn lock_existence(
    connection: &mut PgConnection,
    user_id: DbUuid,
    layout: Layout,
) -> QueryResult<()> {
    connection.batch_execute(&hold_off_imports())?;
    if layout.is_spread() {
        return connection.batch_execute(&existence_lock(EXCLUSIVE, user_id, layout));
    }
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(existence_key(user_id))
        .execute(connection)
        .map(drop)
}

/// The same for several users, in one round trip. The locks are taken one after the other.
pub(crate) fn lock_existence_of_all(
    connection: &mut PgConnection,
    user_ids: &[DbUuid],
    layout: Layout,
) -> QueryResult<()> {
    let users = user_ids.iter().copied();
    connection.batch_execute(&existence_locks(EXCLUSIVE, users, layout))
}

/// Prevents these users from being created or erased. An import does it on a distributed database, after
/// [`lock_imports`], with the users of a bounded number of relationships: the lock of imports ends with the call, but
/// what a node was told to commit may take effect later, and until then the node keeps the locks of its users.
pub(crate) fn hold_existence_of_all(
    connection: &mut PgConnection,
    user_ids: &[DbUuid],
    layout: Layout,
) -> QueryResult<()> {
    // The node that was called has the lock of imports. These would be two thousand more.
    let locks = in_order(user_ids.iter().copied())
        .map(|user_id| taken_for(&existence(SHARED, user_id), user_id, layout));
    let locks: Vec<_> = locks.collect();
    if locks.is_empty() {
        return Ok(());
    }
    connection.batch_execute(&locks.join("; "))
}

/// Prevents this user from being created or erased.
pub(crate) fn hold_existence_of(
    connection: &mut PgConnection,
    user_id: UserId,
    layout: Layout,
) -> QueryResult<()> {
    if layout.is_spread() {
        return connection.batch_execute(&existence_lock(SHARED, user_id.into(), layout));
    }
    diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)")
        .bind::<BigInt, _>(existence_key(user_id.into()))
        .execute(connection)
        .map(drop)
}

/// Prevents both users from being created or erased.
pub(crate) fn hold_existence(
    connection: &mut PgConnection,
    pair: Pair,
    layout: Layout,
) -> QueryResult<()> {
    connection.batch_execute(&existence_locks(SHARED, users(pair), layout))
}

/// Prevents both users from being created or erased. Other calls for the same two users wait.
pub(crate) fn hold_pair(
    connection: &mut PgConnection,
    pair: Pair,
    layout: Layout,
) -> QueryResult<()> {
    let [actor, other] = users(pair);
    // The key is the same for both directions. A key of two 32-bit numbers never equals a key of one 64-bit number.
    let (high, low) = halves(existence_key(actor) ^ existence_key(other));
    // So is the user whose node has the lock.
    let first = if actor.0 < other.0 { actor } else { other };
    let pair_lock =
        taken_until_all_committed(&format!("{EXCLUSIVE}('{high}', '{low}')"), first, layout);
    let imports = hold_off_imports();
    let existence = existence_locks(SHARED, users(pair), layout);
    connection.batch_execute(&format!("{imports}; {existence}; {pair_lock}"))
}

#[derive(QueryableByName)]
struct Claim {
    #[diesel(sql_type = Bool)]
    is_claimed: bool,
}

/// Claims the erasure of this user on a distributed database until the transaction ends. Returns false, and does not
/// wait, if another transaction has claimed it. There, a row of a table that every node has can only be locked together
/// with all other rows of the table.
pub(crate) fn claim_erasure(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<bool> {
    let (high, low) = halves(existence_key(user_id) ^ ERASURES);
    let lock = format!("pg_try_advisory_xact_lock('{high}', '{low}') AS is_claimed");
    let statement = taken_for(&lock, user_id, Layout::Spread);
    let claim: Claim = diesel::sql_query(statement).get_result(connection)?;
    Ok(claim.is_claimed)
}

/// Makes the key of an erasure another one than that of the user.
const ERASURES: i64 = 0x6572_6173_6572_6173;

const EXCLUSIVE: &str = "pg_advisory_xact_lock";
const SHARED: &str = "pg_advisory_xact_lock_shared";

/// The statements are sent in one round trip, and executed one after the other, in the order of the keys. The keys are
/// quoted, because the least 64-bit number without quotes is a minus sign and a number that is out of range.
fn existence_locks(
    function: &str,
    user_ids: impl IntoIterator<Item = DbUuid>,
    layout: Layout,
) -> String {
    let locks = in_order(user_ids).map(|user_id| existence_lock(function, user_id, layout));
    locks.collect::<Vec<_>>().join("; ")
}

/// The users in the order of their keys.
fn in_order(user_ids: impl IntoIterator<Item = DbUuid>) -> impl Iterator<Item = DbUuid> {
    let keys = user_ids
        .into_iter()
        .map(|user_id| (existence_key(user_id), user_id.0));
    let keys: BTreeSet<_> = keys.collect();
    keys.into_iter().map(|(_, user_id)| DbUuid(user_id))
}

fn existence_lock(function: &str, user_id: DbUuid, layout: Layout) -> String {
    taken_until_all_committed(&existence(function, user_id), user_id, layout)
}

fn existence(function: &str, user_id: DbUuid) -> String {
    format!("{function}('{}')", existence_key(user_id))
}

/// The statements that take a lock which other transactions must not get before all rows of this one are visible.
fn taken_until_all_committed(lock: &str, user_id: DbUuid, layout: Layout) -> String {
    let taken = taken_for(lock, user_id, layout);
    match layout {
        Layout::Whole => taken,
        Layout::Spread => format!("SELECT {lock}; {taken}"),
    }
}

/// The statement that takes a lock. Each node of a distributed database has locks of its own. So that the node with the
/// user's rows takes it, the statement counts these rows, and so takes it also for a user without a row.
fn taken_for(lock: &str, user_id: DbUuid, layout: Layout) -> String {
    match layout {
        Layout::Whole => format!("SELECT {lock}"),
        Layout::Spread => format!(
            "SELECT {lock} FROM (SELECT count(*) FROM users WHERE user_id = '{}') AS held",
            user_id.0
        ),
    }
}

fn users(pair: Pair) -> [DbUuid; 2] {
    [pair.actor().into(), pair.other().into()]
}

/// The key of a lock as two numbers of 32 bits.
const fn halves(key: i64) -> (i64, i64) {
    (key >> 32, (key << 32) >> 32)
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
        for layout in [Layout::Whole, Layout::Spread] {
            follow_among_users_with_extreme_keys(layout).await;
        }
    }

    async fn follow_among_users_with_extreme_keys(layout: Layout) {
        let database = migrated().await;
        let store = open(database.url(), layout);
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

    async fn migrated() -> TestDatabase {
        let migrate = async |url: String| open(&url, Layout::Whole).migrate().await.unwrap();
        TestDatabase::migrated(migrate).await
    }

    fn open(url: &str, layout: Layout) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
            spread: layout.is_spread(),
        })
        .unwrap()
    }

    fn connections(database: &TestDatabase) -> [PgConnection; 2] {
        [(); 2].map(|()| {
            let mut connection = PgConnection::establish(database.url()).unwrap();
            let begin = "SET lock_timeout = '50ms'; BEGIN";
            connection.batch_execute(begin).unwrap();
            connection
        })
    }

    fn roll_back(connections: [PgConnection; 2]) {
        for mut connection in connections {
            connection.batch_execute("ROLLBACK").unwrap();
        }
    }

    fn user(number: u128) -> DbUuid {
        DbUuid(uuid::Uuid::from_u128(number))
    }

    fn pair(actor: u128, other: u128) -> Pair {
        let [actor, other] = [actor, other].map(|number| UserId::from_uuid(user(number).0));
        Pair::new(actor, other).unwrap()
    }

    #[tokio::test]
    async fn a_user_without_a_row_is_locked_in_both_layouts() {
        let database = migrated().await;
        for layout in [Layout::Whole, Layout::Spread] {
            let [mut erasing, mut adding] = connections(&database);
            lock_existence(&mut erasing, user(1), layout).unwrap();
            hold_existence(&mut adding, pair(2, 3), layout).unwrap();
            hold_existence_of_all(&mut adding, &[user(4), user(5)], layout).unwrap();
            assert!(hold_existence(&mut adding, pair(2, 1), layout).is_err());
            roll_back([erasing, adding]);
        }
    }

    #[tokio::test]
    async fn a_pair_is_locked_in_both_directions() {
        let database = migrated().await;
        for layout in [Layout::Whole, Layout::Spread] {
            let [mut one, mut two] = connections(&database);
            hold_pair(&mut one, pair(1, 2), layout).unwrap();
            hold_pair(&mut two, pair(1, 3), layout).unwrap();
            assert!(hold_pair(&mut two, pair(2, 1), layout).is_err());
            roll_back([one, two]);
        }
    }

    #[tokio::test]
    async fn one_transaction_at_a_time_claims_an_erasure() {
        let database = migrated().await;
        let [mut one, mut two] = connections(&database);
        assert!(claim_erasure(&mut one, user(1)).unwrap());
        assert!(!claim_erasure(&mut two, user(1)).unwrap());
        assert!(claim_erasure(&mut two, user(2)).unwrap());
        one.batch_execute("COMMIT").unwrap();
        assert!(claim_erasure(&mut two, user(1)).unwrap());
    }

    #[test]
    fn a_lock_of_a_distributed_database_is_taken_where_the_users_rows_are_too() {
        let statements = existence_locks(SHARED, [user(2), user(1), user(2)], Layout::Spread);
        let id = "00000000-0000-0000-0000-00000000000";
        let lock = |number: u8| {
            format!(
                "SELECT pg_advisory_xact_lock_shared('{number}'); \
                 SELECT pg_advisory_xact_lock_shared('{number}') \
                 FROM (SELECT count(*) FROM users WHERE user_id = '{id}{number}') AS held"
            )
        };
        assert_eq!(statements, [lock(1), lock(2)].join("; "));
    }
}
