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

    /// The number for these numbers of the oldest transaction of the snapshot, and of the only lock.
    fn oldest(connection: &mut PgConnection, of_snapshot: i64, locked: i64) -> i64 {
        let locks = format!(
            "FROM (VALUES ('transactionid', true, '{locked}')) AS pg_locks (locktype, granted, transactionid)"
        );
        let expression = ON_SEVERAL_NODES
            .replace(IN_ONE_DATABASE, &format!("'{of_snapshot}'::bigint"))
            .replace("FROM pg_locks", &locks);
        number(connection, &expression)
    }

    #[test]
    fn numbers_are_compared_after_the_counter_of_32_bits_began_again() {
        let database = TestDatabase::empty();
        let mut connection = PgConnection::establish(database.url()).unwrap();
        let epoch = 1_i64 << 32;
        for (of_snapshot, locked, expected) in [
            (epoch + 5, 3, epoch + 3),
            (epoch + 5, 4_294_967_294, epoch - 2),
            (epoch + 5, 5, epoch + 5),
            (epoch + 5, 9, epoch + 5),
            (epoch - 1, 2, epoch - 1),
        ] {
            let found = oldest(&mut connection, of_snapshot, locked);
            assert_eq!(found, expected, "{of_snapshot} {locked}");
        }
    }
}
