//! Which transactions have ended, so that their changes can be told.

use crate::layout::Layout;

/// The number of the oldest transaction that is under way. All transactions below it have ended.
const IN_ONE_DATABASE: &str = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

/// The same on a distributed database, where a transaction ends later. The node that was called commits, and its snapshots
/// show the transaction as ended. Then it tells the other nodes to commit, and waits for their answers. Only after that it
/// releases the lock that every transaction has on its own number. Whoever is told of a change asks for the new state,
/// and so a change is told only when the nodes have it.
///
/// The snapshot of the statement is older than the list of locks: the lock of a transaction that the snapshot shows as
/// ended is in the list, or the other nodes have answered. The list has the lower 32 bits of the numbers. They are compared
/// as the server compares them: what is less than half of all numbers behind is older.
const ON_SEVERAL_NODES: &str = "(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - COALESCE(max(behind), 0) \
    FROM (SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - transactionid::text::bigint) & 4294967295 \
    AS behind FROM pg_locks WHERE locktype = 'transactionid' AND granted) AS held WHERE behind < 2147483648)";

/// The SQL expression for the number.
pub(super) const fn oldest_under_way(layout: Layout) -> &'static str {
    match layout {
        Layout::Whole => IN_ONE_DATABASE,
        Layout::Spread => ON_SEVERAL_NODES,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use super::*;

    fn number(connection: &mut PgConnection, expression: &str) -> i64 {
        diesel::select(sql::<BigInt>(&format!("({expression})")))
            .get_result(connection)
            .unwrap()
    }

    #[test]
    fn a_transaction_under_way_is_the_oldest_in_both_layouts() {
        let database = TestDatabase::empty();
        let [mut one, mut other] =
            [(); 2].map(|()| PgConnection::establish(database.url()).unwrap());
        one.batch_execute("BEGIN").unwrap();
        let mine = number(&mut one, "pg_current_xact_id()::text::bigint");
        for layout in [Layout::Whole, Layout::Spread] {
            assert!(
                number(&mut other, oldest_under_way(layout)) <= mine,
                "{layout:?}"
            );
        }
        one.batch_execute("COMMIT").unwrap();
        // Transactions of other tests on the server may be older.
        let begun = Instant::now();
        for layout in [Layout::Whole, Layout::Spread] {
            while number(&mut other, oldest_under_way(layout)) <= mine {
                assert!(begun.elapsed() < Duration::from_secs(30), "{layout:?}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Evaluates the comparison for given numbers.
    fn behind(xmin: i64, locked: i64) -> Option<i64> {
        let difference = (xmin - locked) & 4_294_967_295;
        (difference < 2_147_483_648).then_some(difference)
    }

    #[test]
    fn numbers_are_compared_after_the_counter_of_32_bits_began_again() {
        let epoch = 1_i64 << 32;
        assert_eq!(behind(epoch + 5, 3), Some(2));
        assert_eq!(behind(epoch + 5, 4_294_967_294), Some(7));
        assert_eq!(behind(epoch + 5, 9), None);
        assert_eq!(behind(epoch - 1, 2), None);
    }
}
