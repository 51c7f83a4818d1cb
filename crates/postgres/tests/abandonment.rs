//! The server cancels the statements of abandoned reads, and no others.

#![expect(clippy::unwrap_used, reason = "a failure here fails a test")]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use privet_application::health::Dependency;
use privet_application::settings::{Presence, SettingsStore};
use privet_postgres::{PostgresConfig, PostgresStore};
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::samples::{change, no_email, somebody};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a caller waits before it gives up.
const SHORT: Duration = Duration::from_millis(300);
/// Longer than any of these tests takes.
const LONG: Duration = Duration::from_mins(2);

const WAITING: &str = "(SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                       WHERE datname = current_database() AND NOT granted)";

/// A store with one connection for reads and one more for changes.
fn open(url: &str) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 2,
        timeout: LONG,
        spread: false,
    })
    .unwrap()
}

async fn database() -> TestDatabase {
    TestDatabase::migrated(async |url| open(&url).migrate().await.unwrap()).await
}

fn waiting(session: &mut PgConnection) -> i64 {
    let number = diesel::dsl::sql::<BigInt>(WAITING);
    diesel::select(number).get_result(session).unwrap()
}

async fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG / 4, "never {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn an_abandoned_read_is_cancelled_and_its_connection_is_used_again() {
    let database = database().await;
    let store = open(database.url());
    let user = somebody();
    store.create(user.clone().into()).await.unwrap();
    let mut gate = PgConnection::establish(database.url()).unwrap();
    for _ in 0..3 {
        gate.batch_execute("BEGIN; LOCK TABLE users").unwrap();
        let find = timeout(SHORT, store.find(user.id));
        assert!(find.await.is_err(), "it cannot read");
        wait_until("stopped", || waiting(&mut gate) == 0).await;
        gate.batch_execute("COMMIT").unwrap();
        // The only connection for reads is free.
        let found = timeout(LONG / 4, store.find(user.id)).await.unwrap();
        assert!(matches!(found, Ok(Presence::Here(_))), "{found:?}");
        store.check().await.unwrap();
    }
}

#[tokio::test]
async fn an_abandoned_change_is_not_cancelled() {
    let database = database().await;
    let store = open(database.url());
    let user = somebody();
    store.create(user.clone().into()).await.unwrap();
    let mut gate = PgConnection::establish(database.url()).unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE audit_log").unwrap();
    let email = no_email();
    let change = change(&user, email);
    assert!(
        timeout(SHORT, store.compare_and_set(&change))
            .await
            .is_err()
    );
    sleep(SHORT).await;
    assert_eq!(waiting(&mut gate), 1);
    gate.batch_execute("COMMIT").unwrap();
    store.settled().await;
    let found = store.find(user.id).await.unwrap();
    assert_eq!(found, Presence::Here(Box::new(change.row)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_an_abandoned_read_cancels_no_other_read() {
    let database = database().await;
    let store = open(database.url());
    let user = somebody();
    store.create(user.clone().into()).await.unwrap();
    let end = Instant::now() + Duration::from_secs(3);
    let mut reads = JoinSet::new();
    for patience in [None, Some(0), Some(200), Some(500)] {
        let (store, id) = (store.clone(), user.id);
        reads.spawn(async move {
            let mut answered = 0;
            while Instant::now() < end {
                let find = store.find(id);
                let found = match patience {
                    None => Some(find.await),
                    Some(micros) => timeout(Duration::from_micros(micros), find).await.ok(),
                };
                if let Some(found) = found {
                    assert!(matches!(found, Ok(Presence::Here(_))), "{found:?}");
                    answered += 1;
                }
            }
            answered
        });
    }
    let answered: u32 = reads.join_all().await.into_iter().sum();
    assert!(answered > 100, "{answered}");
}
