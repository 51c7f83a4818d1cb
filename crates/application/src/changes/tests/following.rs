//! When the follower reads, and what survives failures.

use std::time::Duration;

use privet_domain::changes::ChangeKind;
use tokio::time::{Instant, sleep};

use super::{Replica, SETTLED};
use crate::changes::{ChangeSignal, FeedError, Start};
use crate::fakes::{Services, at, user};

#[tokio::test(start_paused = true)]
async fn the_feed_is_read_every_quarter_of_a_second_and_at_most_every_20_ms() {
    let replica = Replica::new();
    sleep(Duration::from_millis(2_490)).await;
    assert_eq!(replica.services.feed.reads(), 10);
    for _ in 0..100 {
        replica.signal.stored();
        sleep(Duration::from_millis(1)).await;
    }
    let reads = replica.services.feed.reads();
    assert!((14..=17).contains(&reads), "{reads}");
}

#[tokio::test(start_paused = true)]
async fn a_change_of_another_process_without_a_signal_is_told() {
    let replica = Replica::settled().await;
    let cursor = replica.now().await;
    replica.services.feed.add(user(1), ChangeKind::Email, at(0));
    sleep(2 * SETTLED).await;
    let page = replica.read(Start::After(cursor), 10).await.unwrap();
    assert_eq!(page.changes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_only_process_tells_at_once_where_the_feed_stands() {
    let services = Services::new();
    services.feed.add(user(1), ChangeKind::Email, at(0));
    let follower = services.changes.follower(ChangeSignal::default()).alone();
    let following = tokio::spawn(follower.run());
    let begun = Instant::now();
    assert!(services.changes.cursor().await.is_some());
    assert!(begun.elapsed() < Duration::from_millis(50));
    following.abort();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_missed_during_an_outage() {
    let replica = Replica::settled().await;
    let cursor = replica.now().await;
    replica.services.feed.be_away(true);
    replica.change(1, ChangeKind::Email);
    sleep(SETTLED).await;
    let page = replica.read(Start::After(cursor), 10).await.unwrap();
    assert!(page.changes.is_empty());
    replica.services.feed.be_away(false);
    sleep(2 * SETTLED).await;
    let page = replica.read(Start::After(cursor), 10).await.unwrap();
    assert_eq!(page.changes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_of_a_restored_database_has_expired() {
    let replica = Replica::settled().await;
    replica.change(1, ChangeKind::Email);
    let cursor = replica.now().await;
    replica.services.feed.restore();
    sleep(2 * SETTLED).await;
    let read = replica.read(Start::After(cursor), 10).await;
    assert!(matches!(read, Err(FeedError::CursorExpired)));
    let next = replica.now().await;
    assert_ne!(next.epoch, cursor.epoch);
}

#[tokio::test(start_paused = true)]
async fn changes_that_are_too_old_are_deleted_whatever_their_number() {
    let services = Services::new();
    for number in 0..2_500 {
        services.feed.add(user(number), ChangeKind::Email, at(0));
    }
    services.feed.add(user(1), ChangeKind::Email, at(90));
    services.clock.set(at(100));
    let changes = services.changes.clone();
    let retention = Duration::from_mins(1);
    let running = tokio::spawn(async move { changes.expire_changes_forever(retention).await });
    sleep(Duration::from_secs(1)).await;
    assert_eq!(services.feed.kept(), 1);
    running.abort();
}
