//! Restarts and restored files.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use privet_application::relationships::contacts::ContactStore;
use privet_store_conformance::samples::{at, some_pair};

use super::*;
use crate::SqliteConfig;

async fn open(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(SqliteConfig {
        path: path.to_owned(),
        pool: 1,
        timeout: Duration::from_secs(10),
    })
    .unwrap();
    store.migrate().await.unwrap();
    store
}

async fn whole(store: &SqliteStore) -> FeedPart {
    store.changes_after(FeedPosition::FIRST, 100).await.unwrap()
}

#[tokio::test]
async fn a_restart_keeps_the_feed_and_a_restored_file_has_another_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("privet.db");
    let before = {
        let store = open(&path).await;
        whole(&store).await;
        store.add_contact(some_pair(), at(1)).await.unwrap();
        whole(&store).await
    };
    assert_eq!(before.changes.len(), 1);
    let copy = folder.path().join("backup.db");
    {
        let store = open(&path).await;
        assert_eq!(whole(&store).await, before);
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let copying = format!("VACUUM INTO '{}'", copy.display());
        connection.batch_execute(&copying).unwrap();
    }
    let store = open(&copy).await;
    let restored = whole(&store).await;
    assert_ne!(restored.feed.epoch, before.feed.epoch);
    assert_eq!(restored.changes, []);
    assert_eq!(restored.feed.reached, FeedPosition::FIRST);
}

#[tokio::test]
async fn no_number_is_used_again_after_all_changes_were_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("privet.db");
    let mut last = FeedPosition::FIRST;
    for _ in 0..3 {
        let store = open(&path).await;
        whole(&store).await;
        store.add_contact(some_pair(), at(1)).await.unwrap();
        let part = store.changes_after(last, 10).await.unwrap();
        assert_eq!(part.changes.len(), 1);
        last = part.feed.reached;
        assert!(!store.forget_changes(at(2), 10).await.unwrap());
        let empty = whole(&store).await;
        assert_eq!(empty.changes, []);
        assert_eq!([empty.feed.earliest, empty.feed.reached], [last; 2]);
    }
}
