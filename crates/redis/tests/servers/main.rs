//! Deployments of Redis: with TLS, with Sentinels, as a cluster. Each test starts the real servers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failure here fails a test"
)]

mod changes;
mod cluster;
mod processes;
mod sentinel;
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use privet_application::shared_cache::epoch::CacheServer;
use privet_application::shared_cache::rows::{Kept, RowKey, SharedRows};
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::User;
use privet_domain::{AccountId, Timestamp, UserId};
use privet_redis::{RedisLink, RedisRows};
use uuid::Uuid;

/// Longer than any operation that a test waits for, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The shared rows of a replica of Privet at this URL.
fn rows_at(url: &str) -> RedisRows {
    let link = Arc::new(RedisLink::new(url).unwrap());
    let connecting = Arc::clone(&link);
    tokio::spawn(async move { connecting.keep_connected().await });
    RedisRows::new(link, Duration::from_mins(5))
}

/// Waits for a server whose name is not `before`.
async fn server_after(rows: &RedisRows, before: Option<&CacheServer>) -> CacheServer {
    let begun = Instant::now();
    loop {
        match rows.server() {
            Some(server) if Some(&server) != before => return server,
            _ => assert!(
                begun.elapsed() < PATIENCE,
                "there is no server, or no other one"
            ),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Stores a row, and asserts that it can be read.
async fn put_and_read(rows: &RedisRows) -> RowKey {
    let begun = Instant::now();
    let row_key = a_row_key();
    loop {
        assert!(begun.elapsed() < PATIENCE, "no row can be stored");
        if let Ok(fence) = rows.fence(row_key, 1).await
            && rows.lift(row_key, fence, Some(&row(row_key))).await.is_ok()
            && let Ok(Kept::Row(_)) = rows.read(row_key).await
        {
            return row_key;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn a_row_key() -> RowKey {
    RowKey {
        epoch: an_id(),
        user_id: UserId::from_uuid(an_id()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests need ids, not reproducible ones"
)]
fn an_id() -> Uuid {
    Uuid::new_v4()
}

fn row(row_key: RowKey) -> User {
    let time = Timestamp::from_micros(0).unwrap();
    let mut row = User::first_seen(row_key.user_id, AccountId::from_uuid(an_id()), time);
    row.revision = Revision::new(3).unwrap();
    row
}
