//! Results of the store while PostgreSQL is unreachable, slow or partly available, and its recovery.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure here fails a test"
)]

mod batches;
mod proxy;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use privet_application::StoreError;
use privet_application::health::Dependency;
use privet_application::settings::audit::{AuditQuery, AuditStore};
use privet_application::settings::{Outcome, Presence, SettingsStore};
use privet_database::half_of_cores;
use privet_domain::settings::user::User;
use privet_postgres::{PostgresConfig, PostgresStore};
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::samples::{change, no_email, somebody};
use proxy::Proxy;
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

/// The maximum number of reads in progress: half of the pool.
const READS: u32 = 4;
const TIMEOUT: Duration = Duration::from_secs(2);
/// How much later than the timeout a result may come on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

fn open(url: &str) -> Arc<PostgresStore> {
    let config = PostgresConfig {
        url: url.to_owned(),
        pool: 2 * READS,
        timeout: TIMEOUT,
        spread: false,
    };
    Arc::new(PostgresStore::new(config).unwrap())
}

async fn database() -> TestDatabase {
    TestDatabase::migrated(async |url| open(&url).migrate().await.unwrap()).await
}

/// Stores a user, and opens a connection for every batch of reads that may be in progress.
async fn warm_up(store: &Arc<PostgresStore>, database: &TestDatabase) -> User {
    let user = somebody();
    store.create(user.clone().into()).await.unwrap();
    // The lock blocks the reads until all were sent, so that each batch needs a connection of its own.
    let mut gate = PgConnection::establish(database.url()).unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let finds = find_behind(&mut gate, store, &user, READS).await;
    gate.batch_execute("COMMIT").unwrap();
    for found in finds.join_all().await {
        assert_eq!(found.unwrap(), Presence::Here(Box::new(user.clone())));
    }
    user
}

/// The maximum number of batches of reads in progress.
fn batches_of_reads() -> usize {
    half_of_cores().clamp(2, READS as usize)
}

/// Waits until this number of statements wait for the lock.
async fn wait_for_waiting(gate: &mut PgConnection, statements: usize) {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let query = "SELECT count(*) AS number FROM pg_locks JOIN pg_database ON oid = database \
                 WHERE datname = current_database() AND NOT granted";
    loop {
        let waiting: Waiting = diesel::sql_query(query).get_result(gate).unwrap();
        if usize::try_from(waiting.number).unwrap() >= statements {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Starts these reads while the gate is locked, with as many batches in progress as there may be.
async fn find_behind(
    gate: &mut PgConnection,
    store: &Arc<PostgresStore>,
    user: &User,
    number: u32,
) -> JoinSet<Result<Presence, StoreError>> {
    let mut finds = JoinSet::new();
    for earlier in 0..number as usize {
        let (store, id) = (Arc::clone(store), user.id);
        finds.spawn(async move { store.find(id).await });
        // Another batch starts if those before it take long.
        wait_for_waiting(gate, (earlier + 1).min(batches_of_reads())).await;
    }
    finds
}

fn find_at_once(
    store: &Arc<PostgresStore>,
    user: &User,
    number: u32,
) -> JoinSet<Result<Presence, StoreError>> {
    let id = user.id;
    let mut finds = JoinSet::new();
    for _ in 0..number {
        let store = Arc::clone(store);
        finds.spawn(async move { store.find(id).await });
    }
    finds
}

/// Asserts that every operation returns `Unavailable` in time.
async fn assert_unavailable(store: &PostgresStore) {
    let user = somebody();
    let query = AuditQuery {
        user_id: user.id,
        setting: None,
        before: None,
        limit: 1,
    };
    let start = Instant::now();
    let (find, create, set, list, check) = tokio::join!(
        async { store.find(user.id).await.map(drop) },
        async { store.create(user.clone().into()).await.map(drop) },
        async {
            store
                .compare_and_set(&change(&user, no_email()))
                .await
                .map(drop)
        },
        async { store.list(&query).await.map(drop) },
        async { store.check().await.map(drop) },
    );
    let taken = start.elapsed();
    for answer in [find, create, set, list, check] {
        assert!(
            matches!(answer, Err(StoreError::Unavailable(_))),
            "{answer:?}"
        );
    }
    assert!(taken < TIMEOUT + SLACK, "{taken:?}");
}

#[tokio::test]
async fn reads_survive_the_loss_of_every_connection() {
    let mut database = database().await;
    let store = open(database.url());
    let user = warm_up(&store, &database).await;
    for _ in 0..3 {
        database.terminate_connections();
        for found in find_at_once(&store, &user, 20).join_all().await {
            assert!(matches!(found, Ok(Presence::Here(_))), "{found:?}");
        }
    }
}

#[tokio::test]
async fn after_the_loss_of_every_connection_at_most_one_change_fails() {
    let mut database = database().await;
    let store = open(database.url());
    let user = warm_up(&store, &database).await;
    let others = [(); READS as usize].map(|()| somebody());
    database.terminate_connections();
    let first = store.compare_and_set(&change(&user, no_email())).await;
    assert!(
        matches!(first, Ok(_) | Err(StoreError::Unavailable(_))),
        "{first:?}"
    );
    // Each uses a connection of its own, because the batch before it waits for the gate.
    let mut gate = PgConnection::establish(database.url()).unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let mut changes = JoinSet::new();
    for (earlier, other) in others.into_iter().enumerate() {
        let store = Arc::clone(&store);
        changes.spawn(async move { store.create(other.into()).await });
        wait_for_waiting(&mut gate, earlier + 1).await;
    }
    gate.batch_execute("COMMIT").unwrap();
    for presence in changes.join_all().await {
        assert!(matches!(presence.unwrap(), Presence::Here(_)));
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_is_unavailable_in_time() {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let store = open(&url(listener.local_addr().unwrap()));
    assert_unavailable(&store).await;

    // The number of waiting threads is limited by the number of connections, not by the number of callers.
    let before = threads();
    let start = Instant::now();
    let finds = find_at_once(&store, &somebody(), 100).join_all().await;
    assert!(start.elapsed() < TIMEOUT + SLACK, "{:?}", start.elapsed());
    assert!(
        finds
            .iter()
            .all(|find| matches!(find, Err(StoreError::Unavailable(_))))
    );
    assert!(
        threads() <= before + READS as usize,
        "{before} {}",
        threads()
    );
}

#[tokio::test]
async fn a_refused_connection_is_unavailable_at_once() {
    // Reserves the port, so that no other process listens on it.
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let store = open(&url(silent.local_addr().unwrap()));
    let start = Instant::now();
    assert_unavailable(&store).await;
    assert!(start.elapsed() < TIMEOUT / 2, "{:?}", start.elapsed());
    let error = store.migrate().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn the_first_call_after_an_outage_succeeds() {
    let database = database().await;
    let (proxy, store) = proxied(&database).await;
    let user = warm_up(&store, &database).await;
    proxy.cut();
    for _ in 0..3 {
        assert_unavailable(&store).await;
    }
    proxy.open();
    for found in find_at_once(&store, &user, READS).join_all().await {
        assert!(matches!(found, Ok(Presence::Here(_))), "{found:?}");
    }
    let outcome = store.compare_and_set(&change(&user, no_email())).await;
    assert_eq!(outcome.unwrap(), Outcome::Stored);
}

#[tokio::test]
async fn a_server_that_stalls_is_unavailable_in_time_and_usable_afterwards() {
    let database = database().await;
    let (proxy, store) = proxied(&database).await;
    let user = warm_up(&store, &database).await;
    proxy.stall();
    let start = Instant::now();
    for found in find_at_once(&store, &user, 3 * READS).join_all().await {
        assert!(
            matches!(found, Err(StoreError::Unavailable(_))),
            "{found:?}"
        );
    }
    assert!(start.elapsed() < TIMEOUT + SLACK, "{:?}", start.elapsed());
    proxy.open();
    for found in find_at_once(&store, &user, 3 * READS).join_all().await {
        assert!(matches!(found, Ok(Presence::Here(_))), "{found:?}");
    }
}

#[tokio::test]
async fn an_exhausted_pool_is_unavailable_in_time_and_does_not_look_like_an_outage() {
    let database = database().await;
    let store = open(database.url());
    let user = warm_up(&store, &database).await;
    let mut gate = PgConnection::establish(database.url()).unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let start = Instant::now();
    let waiting = find_behind(&mut gate, &store, &user, 3 * READS).await;
    store.check().await.unwrap();
    for found in waiting.join_all().await {
        assert!(
            matches!(found, Err(StoreError::Unavailable(_))),
            "{found:?}"
        );
    }
    assert!(start.elapsed() < TIMEOUT + SLACK, "{:?}", start.elapsed());
    // The server cancelled the statements at their timeout, which freed the connections.
    gate.batch_execute("COMMIT").unwrap();
    let found = store.find(user.id).await;
    assert!(matches!(found, Ok(Presence::Here(_))), "{found:?}");
}

#[tokio::test]
async fn a_connection_to_a_read_only_server_is_closed() {
    let database = database().await;
    let store = open(database.url());
    let user = warm_up(&store, &database).await;
    let name = database.url().rsplit_once('/').unwrap().1;
    let mut admin = PgConnection::establish(database.url()).unwrap();
    // A new value applies to new sessions only, as after a failover.
    let mut set_read_only = |value| {
        let sql = format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");
        admin.batch_execute(&sql).unwrap();
    };
    set_read_only("on");
    let fresh = open(database.url());
    let change = change(&user, no_email());
    let error = fresh.compare_and_set(&change).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    set_read_only("off");
    let outcome = fresh.compare_and_set(&change).await;
    assert_eq!(outcome.unwrap(), Outcome::Stored);
}

async fn proxied(database: &TestDatabase) -> (Proxy, Arc<PostgresStore>) {
    let server = server_of(database.url());
    let proxy = Proxy::start(server.clone()).await;
    let url = database.url().replace(&server, &proxy.address.to_string());
    (proxy, open(&url))
}

fn server_of(url: &str) -> String {
    let (_, rest) = url.split_once('@').unwrap();
    rest.split('/').next().unwrap().to_owned()
}

fn url(address: SocketAddr) -> String {
    format!("postgres://nobody@{address}/nothing")
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}
