//! An erasure on one node of a distributed database, and a change on another. Two stores on one database stand for the
//! nodes: each has advisory locks of its own, and shares those that a statement about `users` takes, because the node with
//! the user's rows executes such a statement whoever sends it.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use privet_application::accounts::erasure::{ErasureStart, ErasureStore, Progress};
use privet_application::relationships::contacts::ContactStore;
use privet_domain::{Pair, UserId};
use privet_postgres::PostgresStore;
use privet_store_conformance::samples::{at, some_id, some_pair};
use tokio::time::{sleep, timeout};

use super::{migrated, open};

/// Longer than an erasure takes that does not wait.
const PAUSE: Duration = Duration::from_secs(1);

/// The sessions of the database that wait for a lock.
const WAITING: &str = "SELECT count(*) AS number FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// The functions of one node, in a schema that is searched before PostgreSQL's own.
fn node(number: u8) -> String {
    let functions = ["pg_advisory_xact_lock", "pg_advisory_xact_lock_shared"].map(|function| {
        let key = |name: &str| {
            format!(
                "CASE WHEN current_query() ~ 'FROM users' THEN {name} ELSE {name} # {number} END"
            )
        };
        let (key, high) = (key("key"), key("high"));
        format!(
            "CREATE FUNCTION node_{number}.{function}(key bigint) RETURNS void LANGUAGE sql \
             AS $$ SELECT pg_catalog.{function}({key}) $$; \
             CREATE FUNCTION node_{number}.{function}(high int, low int) RETURNS void LANGUAGE sql \
             AS $$ SELECT pg_catalog.{function}({high}, low) $$;"
        )
    });
    format!("CREATE SCHEMA node_{number}; {}", functions.concat())
}

/// A store whose connections use the functions of this node.
fn store_on(url: &str, number: u8, spread: bool) -> Arc<PostgresStore> {
    let mark = if url.contains('?') { '&' } else { '?' };
    let path = format!("node_{number}%2Cpg_catalog%2Cpublic");
    let url = format!("{url}{mark}options=-csearch_path%3D{path}");
    Arc::new(open(&url, spread))
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number(connection: &mut PgConnection, query: &str) -> i64 {
    let row: Number = diesel::sql_query(query).get_result(connection).unwrap();
    row.number
}

async fn erase(store: &PostgresStore, user_id: UserId) {
    let start = ErasureStart {
        user_id,
        at: at(2),
        now: at(2),
        most: 10,
        has_receipt: false,
    };
    let mut progress = store.begin_erasure(start).await.unwrap();
    while progress != Progress::Finished {
        progress = store.continue_erasure(user_id, at(3), 10).await.unwrap();
    }
}

/// Has one node erase a user while the other adds the user to somebody's contacts: the contact is inserted before the
/// erasure begins, and committed after the time that an erasure takes. Returns the number of contacts with the erased.
async fn contacts_after_a_race(spread: bool) -> i64 {
    let database = migrated().await;
    let mut session = PgConnection::establish(database.url()).unwrap();
    for number in [1, 2] {
        session.batch_execute(&node(number)).unwrap();
    }
    let [adding, erasing] = [1, 2].map(|number| store_on(database.url(), number, spread));
    let pair = some_pair();
    let (owner, erased) = (pair.actor(), pair.other());
    // So that there is a row of counts, which a change locks last.
    let first = Pair::new(owner, some_id()).unwrap();
    adding.add_contact(first, at(1)).await.unwrap();
    let hold = format!("BEGIN; SELECT FROM list_counts WHERE user_id = '{owner}' FOR UPDATE");
    session.batch_execute(&hold).unwrap();

    let added = tokio::spawn(async move { adding.add_contact(pair, at(1)).await });
    let mut watch = PgConnection::establish(database.url()).unwrap();
    while number(&mut watch, WAITING) == 0 {
        assert!(!added.is_finished(), "the change does not wait");
        sleep(Duration::from_millis(5)).await;
    }
    let mut erasure = tokio::spawn(async move { erase(&erasing, erased).await });
    let ended = timeout(PAUSE, &mut erasure).await;
    session.batch_execute("COMMIT").unwrap();
    added.await.unwrap().unwrap();
    match ended {
        Ok(ended) => ended.unwrap(),
        Err(_) => erasure.await.unwrap(),
    }
    let left = format!("SELECT count(*) AS number FROM contacts WHERE contact_id = '{erased}'");
    number(&mut session, &left)
}

#[tokio::test]
async fn a_change_and_an_erasure_on_different_nodes_leave_nothing_of_the_erased() {
    assert_eq!(contacts_after_a_race(true).await, 0);
}

/// The control: with locks of the node that is called, they do not wait for each other.
#[tokio::test]
async fn locks_of_each_node_alone_would_leave_rows_of_the_erased() {
    assert_eq!(contacts_after_a_race(false).await, 1);
}
