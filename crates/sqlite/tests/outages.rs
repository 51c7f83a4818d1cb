//! Results of the store while the file is not usable, and the durability of acknowledged changes.

use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use privet_application::StoreError;
use privet_application::settings::{Outcome, Presence, SettingsStore};
use privet_sqlite::{SqliteConfig, SqliteStore};
use privet_store_conformance::samples::{change, no_email, somebody};

const TIMEOUT: Duration = Duration::from_millis(500);
/// How much later than the timeout a result may come on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

async fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    let store = SqliteStore::open(SqliteConfig {
        path: path.to_owned(),
        pool: 2,
        timeout: TIMEOUT,
    })?;
    store.migrate().await?;
    Ok(store)
}

#[tokio::test]
async fn a_locked_file_is_unavailable_for_changes_and_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("privet.db");
    let store = open(&path).await.unwrap();
    let user = somebody();
    store.create(user.clone().into()).await.unwrap();

    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let change = change(&user, no_email());
    let start = Instant::now();
    let error = store.compare_and_set(&change).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(start.elapsed() < TIMEOUT + SLACK, "{:?}", start.elapsed());
    let found = store.find(user.id).await.unwrap();
    assert_eq!(found, Presence::Here(Box::new(user)));

    other.batch_execute("COMMIT").unwrap();
    let outcome = store.compare_and_set(&change).await.unwrap();
    assert_eq!(outcome, Outcome::Stored);
}

#[tokio::test]
async fn a_second_store_is_refused_until_the_first_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("privet.db");
    let first = open(&path).await.unwrap();
    let user = somebody();
    first.create(user.clone().into()).await.unwrap();

    let error = open(&path).await.err().unwrap();
    assert!(
        error.to_string().contains("another privet process uses"),
        "{error}"
    );

    drop(first);
    let second = open(&path).await.unwrap();
    let found = second.find(user.id).await.unwrap();
    assert_eq!(found, Presence::Here(Box::new(user)));
}
