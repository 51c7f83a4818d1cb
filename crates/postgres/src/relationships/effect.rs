//! Changes of relationships that are answered when they are in effect on the nodes of both users.

use diesel::prelude::*;
use privet_database::DbUuid;
use privet_domain::{Pair, UserId};

use crate::layout::Layout;
use crate::locks::{hold_existence, lock_existence_of_all};

/// On a distributed database, prevents both users from being created or erased, as a change does that ends with
/// [`is_in_effect`] and needs no lock elsewhere.
pub(super) fn hold_where_spread(
    connection: &mut PgConnection,
    pair: Pair,
    layout: Layout,
) -> QueryResult<()> {
    if layout.is_spread() {
        hold_existence(connection, pair, layout)?;
    }
    Ok(())
}

/// Returns true when the committed change is in effect. If the change is not seen, either a later change has replaced it,
/// or a node has not committed it yet. Such a node still has the locks of the change, so that an exclusive lock waits for
/// it, at most as long as a statement may take.
///
/// The change MUST have held the existence of these users. MUST be called on a distributed database only, after the
/// transaction.
pub(super) fn is_in_effect(
    connection: &mut PgConnection,
    users: &[UserId],
    is_seen: bool,
) -> QueryResult<bool> {
    if !is_seen {
        let users: Vec<DbUuid> = users.iter().copied().map(DbUuid::from).collect();
        lock_existence_of_all(connection, &users, Layout::Spread)?;
    }
    Ok(true)
}

/// The same for a change that concerns two users.
pub(super) fn is_pair_in_effect(
    connection: &mut PgConnection,
    pair: Pair,
    is_seen: bool,
) -> QueryResult<bool> {
    is_in_effect(connection, &[pair.actor(), pair.other()], is_seen)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::connection::SimpleConnection;
    use privet_store_conformance::postgres_fixture::TestDatabase;
    use privet_store_conformance::samples::some_pair;

    use super::*;
    use crate::{PostgresConfig, PostgresStore};

    fn open(url: &str) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
            spread: true,
        })
        .unwrap()
    }

    /// A transaction that a node has not committed yet keeps its locks, as one that is still open does.
    #[tokio::test]
    async fn a_change_that_is_not_seen_is_in_effect_when_its_locks_are_free() {
        let migrate = async |url: String| open(&url).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let connect = || PgConnection::establish(database.url()).unwrap();
        let (mut change, mut caller) = (connect(), connect());
        let pair = some_pair();
        change.batch_execute("BEGIN").unwrap();
        hold_where_spread(&mut change, pair, Layout::Spread).unwrap();
        caller.batch_execute("SET statement_timeout = 100").unwrap();
        for pair in [pair, pair.reversed()] {
            assert!(is_pair_in_effect(&mut caller, pair, false).is_err());
            assert!(is_pair_in_effect(&mut caller, pair, true).unwrap());
        }
        change.batch_execute("COMMIT").unwrap();
        assert!(is_pair_in_effect(&mut caller, pair, false).unwrap());
        // The lock is released at once.
        hold_where_spread(&mut change, pair, Layout::Spread).unwrap();
    }

    #[tokio::test]
    async fn one_database_takes_no_lock() {
        let database = TestDatabase::empty();
        let mut connection = PgConnection::establish(database.url()).unwrap();
        // There is no table that the statement of a lock could name.
        hold_where_spread(&mut connection, some_pair(), Layout::Whole).unwrap();
        assert!(hold_where_spread(&mut connection, some_pair(), Layout::Spread).is_err());
    }
}
