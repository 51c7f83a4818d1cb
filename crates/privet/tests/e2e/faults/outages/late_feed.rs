//! What a replica tells while the database is away for it alone, and others go on.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::support::changes::{EventStream, changes_after, kinds_of, now, page, watcher};
use crate::support::metrics::{text, value};
use crate::support::settings::Settings;
use crate::support::{Backend, Database, Proxy, Server};

/// Longer than it takes a replica to notice that it is late, and to the next beat.
const NOTICED: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_replica_without_its_database_tells_nobody_that_they_are_caught_up() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    let server = Server::start_with(&database, &[("DATABASE_URL", proxy.url())]).await;
    let other = Server::start(&database).await;
    let (alice, watcher) = (server.new_user(), watcher(&server));
    let mut device = EventStream::of_user(&alice).await;
    assert_eq!(device.data().await["type"], "state");
    let cursor = now(&watcher).await;
    let query = format!("after={cursor}");
    let mut stream = EventStream::of_changes(&watcher, &query).await;
    assert_eq!(stream.data().await, json!({"type": "caught_up"}));
    proxy.cut();
    let begun = Instant::now();
    let tag = Settings::EmailContact
        .set(&other.user(alice.id()), false)
        .await;
    while page(&watcher, &query).await.caught_up {
        assert!(begun.elapsed() < NOTICED);
        sleep(Duration::from_millis(100)).await;
    }
    while !stream.next().await.expect("it should go on").is_comment {
        assert!(begun.elapsed() < NOTICED);
    }
    // An alert watches when the feed was read.
    let read_at = async || {
        value(
            &text(&server).await,
            "privet_changes_last_read_timestamp_seconds",
        )
    };
    let stopped = read_at().await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(read_at().await, stopped);
    proxy.open();
    // Neither the streams nor the cursors have ended.
    let told = changes_after(&other, &watcher, &cursor).await;
    assert_eq!(kinds_of(&told, alice.id()), [["email"]]);
    let told = loop {
        let told = stream.data().await;
        if told["user_id"] == json!(alice.id()) {
            break told;
        }
    };
    assert_eq!(told["kinds"], json!(["email"]));
    let expected = json!({"type": "changed", "family": "email", "etag": tag});
    assert_eq!(device.data().await, expected);
    let reads_again = read_at().await;
    assert!(reads_again > stopped, "{reads_again:?} {stopped:?}");
}
