//! When the follower reads, and what survives failures.

use std::sync::Arc;
use std::time::Duration;

use privet_domain::catalogue::Catalogue;
use privet_domain::changes::ChangeKind;
use tokio::time::{Instant, sleep};

use super::{Replica, SETTLED};
use crate::changes::followed_feed::LATE_AFTER;
use crate::changes::own::ANNOUNCE_EVERY;
use crate::changes::{ChangeSignal, ChangeStore, FeedError, Start};
use crate::fakes::{Services, at, user};

#[tokio::test(start_paused = true)]
async fn the_feed_is_read_every_quarter_of_a_second_and_at_most_every_100_ms() {
    let replica = Replica::new();
    sleep(Duration::from_millis(2_490)).await;
    assert_eq!(replica.services.feed.reads(), 10);
    // The first change is read at once.
    replica.signal.stored();
    sleep(Duration::from_millis(2)).await;
    assert_eq!(replica.services.feed.reads(), 11);
    for _ in 0..1_000 {
        replica.signal.stored();
        sleep(Duration::from_millis(1)).await;
    }
    let reads = replica.services.feed.reads();
    assert!((20..=22).contains(&reads), "{reads}");
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
async fn requests_wait_once_for_a_feed_that_cannot_be_read() {
    let replica = Replica::new();
    replica.services.feed.be_away(true);
    let begun = Instant::now();
    for _ in 0..10 {
        assert!(replica.services.changes.cursor().await.is_none());
    }
    let waited = begun.elapsed();
    assert!(waited < Duration::from_millis(1_500), "{waited:?}");
    replica.services.feed.be_away(false);
    sleep(2 * SETTLED).await;
    assert!(replica.services.changes.cursor().await.is_some());
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

#[tokio::test(start_paused = true)]
async fn decisions_have_no_cursor_while_another_catalogue_is_announced() {
    let replica = Replica::settled().await;
    let services = &replica.services;
    let changes = services.changes.clone();
    let announcing = tokio::spawn(async move { changes.announce_catalogue_forever().await });
    sleep(SETTLED).await;
    assert!(services.changes.cursor().await.is_some());
    let announced = services.feed.catalogue_changed(1, at(1)).await;
    announced.unwrap();
    sleep(SETTLED).await;
    assert!(services.changes.cursor().await.is_none());
    services.current.replace(Arc::new(Catalogue::messenger()));
    sleep(SETTLED).await;
    assert!(services.changes.cursor().await.is_some());
    // The other replica comes back with its catalogue, and ends.
    let announced = services.feed.catalogue_changed(1, at(2)).await;
    announced.unwrap();
    sleep(ANNOUNCE_EVERY / 2).await;
    assert!(services.changes.cursor().await.is_none());
    sleep(ANNOUNCE_EVERY).await;
    assert!(services.changes.cursor().await.is_some());
    announcing.abort();
}

#[tokio::test(start_paused = true)]
async fn nobody_is_caught_up_while_the_feed_is_late() {
    let replica = Replica::settled().await;
    let feed = &replica.services.feed;
    let cursor = replica.now().await;
    let is_caught_up = async || {
        let page = replica.read(Start::After(cursor), 10).await;
        page.unwrap().caught_up
    };
    feed.be_away(true);
    sleep(LATE_AFTER / 2).await;
    assert!(is_caught_up().await);
    sleep(LATE_AFTER).await;
    assert!(!is_caught_up().await);
    feed.be_away(false);
    sleep(SETTLED).await;
    assert!(is_caught_up().await);
    // An older transaction is under way.
    feed.hold(true);
    replica.change(1, ChangeKind::Email);
    sleep(LATE_AFTER / 2).await;
    assert!(is_caught_up().await);
    sleep(LATE_AFTER).await;
    assert!(!is_caught_up().await);
    feed.hold(false);
    sleep(2 * SETTLED).await;
    assert!(is_caught_up().await);
}
