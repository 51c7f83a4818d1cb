//! What services are told.

use std::time::Duration;

use privet_domain::changes::ChangeKind;
use privet_domain::changes::ChangedUser;
use tokio::time::{Instant, sleep};

use super::{Replica, SETTLED};
use crate::changes::followed_feed::MOST_REMEMBERED;
use crate::changes::{ChangePage, FeedError, Start};
use crate::fakes::{at, user};

fn users(page: &ChangePage) -> Vec<ChangedUser> {
    let changes = page.changes.iter();
    changes.map(|placed| placed.change.user).collect()
}

fn told(numbers: impl IntoIterator<Item = u128>) -> Vec<ChangedUser> {
    let users = numbers.into_iter().map(user);
    users.map(ChangedUser::One).collect()
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_after_every_cursor_that_was_handed_out_before_its_acknowledgement() {
    let replica = Replica::settled().await;
    let before = replica.now().await;
    replica.change(1, ChangeKind::Email);
    // It is stored and read, and not acknowledged yet.
    sleep(Duration::from_millis(300)).await;
    let meanwhile = replica.now().await;
    let page = replica.read(Start::After(before), 10).await.unwrap();
    assert!(page.changes.is_empty() && page.caught_up);
    sleep(SETTLED).await;
    for cursor in [before, meanwhile, page.next] {
        let page = replica.read(Start::After(cursor), 10).await.unwrap();
        assert_eq!(users(&page), told([1]));
        assert!(page.caught_up);
        let next = replica.read(Start::After(page.next), 10).await.unwrap();
        assert!(next.changes.is_empty());
    }
    let after = replica.now().await;
    let page = replica.read(Start::After(after), 10).await.unwrap();
    assert!(page.changes.is_empty());
}

#[tokio::test(start_paused = true)]
async fn pages_tell_each_change_once_and_in_order() {
    let replica = Replica::settled().await;
    let mut cursor = replica.now().await;
    for number in 0..25 {
        replica.change(number, ChangeKind::Blocks);
    }
    sleep(SETTLED).await;
    let mut all = Vec::new();
    loop {
        let page = replica.read(Start::After(cursor), 10).await.unwrap();
        all.extend(users(&page));
        cursor = page.next;
        if page.caught_up {
            break;
        }
        assert_eq!(page.changes.len(), 10);
    }
    assert_eq!(all, told(0..25));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_in_memory_is_read_from_the_store() {
    let replica = Replica::settled().await;
    let most = MOST_REMEMBERED as u128;
    let first = replica.now().await;
    for number in 0..most + 100 {
        replica.change(number, ChangeKind::Blocks);
    }
    sleep(SETTLED).await;
    let mut cursor = first;
    let mut all = Vec::new();
    loop {
        let page = replica.read(Start::After(cursor), 1_000).await.unwrap();
        all.extend(users(&page));
        cursor = page.next;
        if page.caught_up {
            break;
        }
    }
    assert_eq!(all, told(0..most + 100));
    let earliest = replica.read(Start::Earliest, 1).await.unwrap();
    assert_eq!(users(&earliest), told([0]));
}

#[tokio::test(start_paused = true)]
async fn a_reader_waits_for_the_first_change_and_no_longer() {
    let replica = Replica::settled().await;
    let mut reader = replica.services.changes.reader(Start::Now).await.unwrap();
    let begun = Instant::now();
    let page = reader.next(10, begun + Duration::from_secs(5)).await;
    assert!(page.unwrap().changes.is_empty());
    assert!(begun.elapsed() >= Duration::from_secs(5));
    replica.change(7, ChangeKind::Follows);
    let begun = Instant::now();
    let page = reader.next(10, begun + Duration::from_secs(5)).await;
    assert_eq!(users(&page.unwrap()), told([7]));
    assert!(begun.elapsed() < SETTLED, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn changes_behind_a_transaction_under_way_are_told_when_it_ends() {
    let replica = Replica::settled().await;
    let cursor = replica.now().await;
    replica.services.feed.hold(true);
    replica.change(1, ChangeKind::Email);
    sleep(2 * SETTLED).await;
    let page = replica.read(Start::After(cursor), 10).await.unwrap();
    assert!(page.changes.is_empty());
    replica.services.feed.hold(false);
    sleep(2 * SETTLED).await;
    let page = replica.read(Start::After(page.next), 10).await.unwrap();
    assert_eq!(users(&page), told([1]));
}

#[tokio::test(start_paused = true)]
async fn a_cursor_before_the_retention_has_expired() {
    let replica = Replica::settled().await;
    let cursor = replica.now().await;
    replica.change(1, ChangeKind::Email);
    replica.change(2, ChangeKind::Email);
    replica.services.clock.set(at(100));
    let changes = replica.services.changes.clone();
    let retention = Duration::from_mins(1);
    let running = tokio::spawn(async move { changes.expire_changes_forever(retention).await });
    sleep(SETTLED).await;
    let read = replica.read(Start::After(cursor), 10).await;
    assert!(matches!(read, Err(FeedError::CursorExpired)));
    let page = replica.read(Start::Earliest, 10).await.unwrap();
    assert!(page.changes.is_empty() && page.caught_up);
    running.abort();
}
