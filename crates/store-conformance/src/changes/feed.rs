//! Reading the feed in parts, its order, its retention and its epochs.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use privet_application::changes::ChangeStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::FollowStore;
use privet_domain::changes::cursor::FeedPosition;
use privet_domain::changes::{Change, ChangeKind, ChangeKinds, ChangedUser};
use privet_domain::{Timestamp, UserId};
use tokio::task::JoinSet;

use super::{ALL, after, end, told};
use crate::Backend;
use crate::follows::wish;
use crate::samples::{at, some_pair};

/// Adds contacts at these seconds. Returns their owners.
async fn add_contacts<B: Backend>(backend: &B, seconds: &[i64]) -> Vec<UserId> {
    let mut owners = Vec::new();
    for second in seconds {
        let pair = some_pair();
        owners.push(pair.actor());
        let added = backend.store().add_contact(pair, at(*second)).await;
        added.unwrap();
    }
    owners
}

async fn forget<B: Backend>(backend: &B, before: Timestamp, most: u32) -> bool {
    let forgotten = backend.store().forget_changes(before, most).await;
    forgotten.unwrap()
}

fn owners(told: Vec<(UserId, ChangeKind)>) -> Vec<UserId> {
    told.into_iter().map(|(user_id, _)| user_id).collect()
}

pub async fn the_feed_is_read_in_parts_of_any_size<B: Backend>(backend: &B) {
    let begin = end(backend).await;
    // The changes of one transaction can be in two parts.
    let pair = some_pair();
    backend.store().follow(&wish(pair, 1)).await.unwrap();
    let mut expected = vec![pair.actor(), pair.other()];
    expected.extend(add_contacts(backend, &[1; 5]).await);
    let whole = after(backend, begin).await;
    for most in [1, 2, 3, 6, 7, 8] {
        let (mut position, mut read) = (begin, Vec::new());
        loop {
            let part = backend.store().changes_after(position, most).await;
            let part = part.unwrap();
            assert!(part.changes.len() <= most as usize);
            for placed in &part.changes {
                assert!(position < placed.position && placed.position <= part.feed.reached);
                position = placed.position;
            }
            read.extend(part.changes);
            assert_eq!(part.has_more, read.len() < expected.len(), "{most}");
            if !part.has_more {
                break;
            }
        }
        assert_eq!(read, whole.changes, "{most}");
    }
    let told = owners(told(backend, begin).await);
    assert_eq!(told, expected);
}

pub async fn nothing_is_told_twice_after_the_end<B: Backend>(backend: &B) {
    add_contacts(backend, &[1, 1]).await;
    let mut position = end(backend).await;
    for _ in 0..3 {
        assert_eq!(after(backend, position).await.changes, []);
        let expected = add_contacts(backend, &[1]).await;
        assert_eq!(owners(told(backend, position).await), expected);
        let reached = end(backend).await;
        assert!(reached > position);
        position = reached;
    }
    let far = FeedPosition::after(u64::MAX);
    assert_eq!(after(backend, far).await.changes, []);
}

/// Reads until the writers have stopped and everything is told. Returns all that was told.
async fn follow_feed<S: ChangeStore>(
    store: &S,
    begin: FeedPosition,
    most: u32,
    has_stopped: &AtomicBool,
) -> Vec<(FeedPosition, Change)> {
    let (mut position, mut read) = (begin, Vec::new());
    loop {
        // Before the feed is read, so that the last part has the last changes.
        let is_last = has_stopped.load(Ordering::SeqCst);
        let part = store.changes_after(position, most).await.unwrap();
        let changes = part.changes.iter().map(|it| (it.position, it.change));
        read.extend(changes);
        position = match part.changes.last() {
            Some(last) if part.has_more => last.position,
            _ => part.feed.reached,
        };
        if is_last && !part.has_more && part.feed.waiting_since.is_none() {
            return read;
        }
        tokio::task::yield_now().await;
    }
}

pub async fn all_who_follow_the_feed_are_told_everything_in_one_order<B: Backend>(backend: &B) {
    let begin = end(backend).await;
    let has_stopped = Arc::new(AtomicBool::new(false));
    let mut followers = JoinSet::new();
    for most in [1, 7, ALL] {
        let (store, has_stopped) = (Arc::clone(backend.store()), Arc::clone(&has_stopped));
        followers.spawn(async move { follow_feed(&*store, begin, most, &has_stopped).await });
    }
    let mut writers = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(backend.store());
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for _ in 0..25 {
                let pair = some_pair();
                store.follow(&wish(pair, 1)).await.unwrap();
                acknowledged.extend([pair.actor(), pair.other()]);
            }
            acknowledged
        });
    }
    let acknowledged = writers.join_all().await;
    has_stopped.store(true, Ordering::SeqCst);
    let read = followers.join_all().await;
    for other in &read[1..] {
        assert_eq!(other, &read[0]);
    }
    let mut places = HashMap::new();
    for (place, (_, change)) in read[0].iter().enumerate() {
        assert_eq!(places.insert(change.user, place), None);
    }
    assert_eq!(places.len(), acknowledged.concat().len());
    // A change that began when another one was acknowledged is told after it.
    for of_writer in acknowledged {
        let place = |user_id: &UserId| places[&ChangedUser::One(*user_id)];
        assert!(of_writer.iter().map(place).is_sorted());
    }
}

pub async fn old_changes_are_deleted_from_the_beginning<B: Backend>(backend: &B) {
    end(backend).await;
    // The clock of one replica is behind.
    let users = add_contacts(backend, &[1, 2, 3, 7, 4, 8]).await;
    let read = after(backend, FeedPosition::FIRST).await;
    let positions: Vec<_> = read.changes.iter().map(|it| it.position).collect();
    assert_eq!(read.feed.earliest, FeedPosition::FIRST);
    let left = async |position: FeedPosition, expected: &[UserId]| {
        let part = after(backend, FeedPosition::FIRST).await;
        assert_eq!(part.feed.earliest, position);
        assert_eq!(owners(told(backend, FeedPosition::FIRST).await), expected);
    };
    assert!(!forget(backend, at(1), 2).await);
    left(FeedPosition::FIRST, &users).await;
    assert!(forget(backend, at(5), 2).await);
    left(positions[1], &users[2..]).await;
    assert!(!forget(backend, at(5), 2).await);
    left(positions[2], &users[3..]).await;
    assert!(!forget(backend, at(5), 2).await);
    left(positions[2], &users[3..]).await;
    assert!(forget(backend, at(9), 2).await);
    assert!(!forget(backend, at(9), 2).await);
    left(positions[5], &[]).await;
    // Whoever is told later is told after what was deleted.
    let new = add_contacts(backend, &[9]).await;
    assert_eq!(owners(told(backend, positions[5]).await), new);
    left(positions[5], &new).await;
    assert!(!forget(backend, at(10), 2).await);
    let last = after(backend, positions[5]).await;
    assert!(last.feed.earliest > positions[5] && last.changes.is_empty());
}

pub async fn of_many_who_delete_old_changes_at_once_each_deletes_others<B: Backend>(backend: &B) {
    end(backend).await;
    let users = add_contacts(backend, &[1; 20]).await;
    let positions: Vec<_> = after(backend, FeedPosition::FIRST).await.changes;
    let mut deleting = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(backend.store());
        deleting.spawn(async move { store.forget_changes(at(2), 4).await.unwrap() });
    }
    assert_eq!(deleting.join_all().await, [true; 4]);
    let part = after(backend, FeedPosition::FIRST).await;
    assert_eq!(part.feed.earliest, positions[15].position);
    assert_eq!(
        owners(told(backend, FeedPosition::FIRST).await),
        users[16..]
    );
}

pub async fn another_database_has_another_epoch<B: Backend>(backend: &B) {
    end(backend).await;
    add_contacts(backend, &[1, 1, 1]).await;
    let before = after(backend, FeedPosition::FIRST).await;
    assert!(forget(backend, at(2), 1).await);
    assert_eq!(
        after(backend, FeedPosition::FIRST).await.feed.epoch,
        before.feed.epoch
    );
    // As after a restore.
    let moved = backend.execute("UPDATE feed SET belongs_to = 'another database'");
    moved.unwrap();
    let mut readers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(backend.store());
        readers.spawn(async move { store.changes_after(FeedPosition::FIRST, ALL).await });
    }
    let mut epochs = Vec::new();
    for part in readers.join_all().await {
        let part = part.unwrap();
        assert_eq!(part.changes, []);
        assert_eq!(part.feed.earliest, FeedPosition::FIRST);
        epochs.push(part.feed.epoch);
    }
    assert_eq!(epochs, vec![epochs[0]; 8]);
    assert_ne!(epochs[0], before.feed.epoch);
    let new = add_contacts(backend, &[1]).await;
    assert_eq!(owners(told(backend, FeedPosition::FIRST).await), new);
    let part = after(backend, FeedPosition::FIRST).await;
    assert_eq!(part.feed.epoch, epochs[0]);
}

pub async fn another_catalogue_is_told_once<B: Backend>(backend: &B) {
    let begin = end(backend).await;
    // A new database has no catalogue before.
    for fingerprint in [7, 7, i64::MIN, i64::MIN, 7] {
        let mut replicas = JoinSet::new();
        for _ in 0..4 {
            let store = Arc::clone(backend.store());
            replicas.spawn(async move { store.catalogue_changed(fingerprint, at(3)).await });
        }
        for told in replicas.join_all().await {
            told.unwrap();
        }
    }
    let part = after(backend, begin).await;
    let changes: Vec<_> = part.changes.iter().map(|placed| placed.change).collect();
    let change = Change {
        user: ChangedUser::All,
        kinds: ChangeKinds::of([ChangeKind::Catalogue]),
        at: at(3),
    };
    assert_eq!(changes, [change; 2]);
}
