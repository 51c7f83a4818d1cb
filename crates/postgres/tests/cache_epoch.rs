//! The epoch of the shared cache in the database.

#![expect(clippy::unwrap_used, reason = "a failure here fails a test")]

use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use privet_application::shared_cache::epoch::{CacheEpoch, CacheEpochStore, CacheServer};
use privet_postgres::{PostgresConfig, PostgresStore};
use privet_store_conformance::postgres_fixture::TestDatabase;
use uuid::Uuid;

fn open(url: &str) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 1,
        timeout: Duration::from_secs(10),
        spread: false,
    })
    .unwrap()
}

async fn setup() -> (TestDatabase, PostgresStore, CacheEpoch) {
    let migrate = async |url: String| open(&url).migrate().await.unwrap();
    let database = TestDatabase::migrated(migrate).await;
    let store = open(database.url());
    let epoch = store.current().await.unwrap();
    (database, store, epoch)
}

fn server() -> CacheServer {
    CacheServer::new("a server")
}

fn next() -> Uuid {
    Uuid::from_u128(7)
}

#[tokio::test]
async fn at_first_no_cache_is_in_use() {
    let (_database, _, epoch) = setup().await;
    assert_eq!((epoch.server, epoch.suspensions), (None, 0));
}

#[tokio::test]
async fn an_epoch_begins_with_its_own_id_and_all_replicas_see_it() {
    let (database, store, epoch) = setup().await;
    let begun = store.begin(&epoch, next(), &server()).await.unwrap();
    let expected = CacheEpoch {
        id: next(),
        server: Some(server()),
        suspensions: 0,
    };
    assert_eq!(begun, expected);
    assert_eq!(open(database.url()).current().await.unwrap(), expected);
}

#[tokio::test]
async fn suspending_ends_the_use_and_is_counted_every_time() {
    let (_database, store, epoch) = setup().await;
    store.begin(&epoch, next(), &server()).await.unwrap();
    for suspensions in [1, 2] {
        let epoch = store.suspend().await.unwrap();
        let expected = CacheEpoch {
            id: next(),
            server: None,
            suspensions,
        };
        assert_eq!(epoch, expected);
        assert_eq!(store.current().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn no_epoch_begins_from_a_state_before_another_suspension() {
    let (_database, store, epoch) = setup().await;
    let suspended = store.suspend().await.unwrap();
    let answer = store.begin(&epoch, next(), &server()).await.unwrap();
    assert_eq!(answer, suspended);
}

#[tokio::test]
async fn of_two_replicas_that_begin_an_epoch_one_succeeds() {
    let (database, store, epoch) = setup().await;
    let other = open(database.url());
    let another = CacheServer::new("another server");
    let server = server();
    let (one, two) = tokio::join!(
        store.begin(&epoch, next(), &server),
        other.begin(&epoch, Uuid::from_u128(8), &another),
    );
    assert_eq!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn a_transaction_that_outlives_its_time_limit_is_a_commit_that_waits() {
    let (database, ..) = setup().await;
    let url = database.url().to_owned();
    let store = PostgresStore::new(PostgresConfig {
        url: url.clone(),
        pool: 1,
        timeout: Duration::from_secs(1),
        spread: false,
    })
    .unwrap();
    assert!(!store.commit_waits().await.unwrap());

    // Both in one transaction. It has changed something, and goes on.
    let transaction = "UPDATE cache_epoch SET suspensions = suspensions + 1; SELECT pg_sleep(10)";
    let begun = Instant::now();
    let waiting = tokio::task::spawn_blocking(move || {
        let mut session = PgConnection::establish(&url).unwrap();
        session.batch_execute(transaction).unwrap();
    });
    while !store.commit_waits().await.unwrap() {
        assert!(!waiting.is_finished(), "it was not noticed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(5));
    waiting.await.unwrap();
    assert!(!store.commit_waits().await.unwrap());
}
