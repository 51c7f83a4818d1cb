//! Requirements on every [`TransferStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod reading;

use std::sync::Arc;

use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::{FollowCounts, FollowStore};
use privet_application::transfer::{
    ContactBatch, FollowBatch, ImportedContact, Made, TransferStore,
};
use privet_domain::relationships::contacts::MOST_CONTACTS;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Backend;
use crate::erasure::assert_only_a_tombstone;
use crate::follows::wish;
use crate::samples::{at, erase, some_id, some_pair};

pub use reading::*;

fn contact(pair: Pair, close_friend: Option<bool>) -> ImportedContact {
    ImportedContact {
        pair,
        close_friend,
        added_at: at(1),
    }
}

fn contacts(contacts: Vec<ImportedContact>, overwrites: bool) -> ContactBatch {
    ContactBatch {
        contacts,
        overwrites,
        now: at(5),
    }
}

fn followed(pair: Pair, is_accepted: bool) -> Follow {
    Follow {
        id: Uuid::now_v7(),
        follower_id: pair.actor(),
        following_id: pair.other(),
        status: if is_accepted {
            FollowStatus::Accepted
        } else {
            FollowStatus::Pending
        },
        created_at: at(1),
        decided_at: is_accepted.then_some(at(1)),
    }
}

fn follows(follows: Vec<Follow>, overwrites: bool) -> FollowBatch {
    FollowBatch {
        follows,
        overwrites,
        now: at(5),
    }
}

async fn counts<B: Backend>(backend: &B, user_id: UserId) -> (u64, u64, u64) {
    let FollowCounts {
        followers,
        following,
        requests_received,
    } = backend.store().count_follows(user_id).await.unwrap();
    (followers, following, requests_received)
}

pub async fn contacts_are_imported_once_and_marked_when_overwritten<B: Backend>(backend: &B) {
    let store = backend.store();
    let (one, other) = (some_pair(), some_pair());
    let batch = contacts(vec![contact(one, Some(true)), contact(other, None)], false);
    for expected in [Made::Created, Made::Unchanged] {
        let made = store.import_contacts(&batch).await.unwrap();
        assert_eq!(made, Some(vec![expected; 2]));
    }
    let kept = store.find_contact(one).await.unwrap().unwrap();
    assert!(kept.close_friend);
    assert_eq!(kept.added_at, at(1));
    let again = vec![contact(one, Some(false)), contact(other, Some(true))];
    let made = store.import_contacts(&contacts(again.clone(), false)).await;
    assert_eq!(made.unwrap(), Some(vec![Made::Unchanged; 2]));
    for expected in [Made::Changed, Made::Unchanged] {
        let made = store.import_contacts(&contacts(again.clone(), true)).await;
        assert_eq!(made.unwrap(), Some(vec![expected; 2]));
    }
    let kept = store.find_contact(one).await.unwrap().unwrap();
    assert!(!kept.close_friend);
    // Without a mark, the mark stays.
    let again = contacts(vec![contact(other, None)], true);
    let made = store.import_contacts(&again);
    assert_eq!(made.await.unwrap(), Some(vec![Made::Unchanged]));
    assert!(
        store
            .find_contact(other)
            .await
            .unwrap()
            .unwrap()
            .close_friend
    );
}

pub async fn contacts_of_or_with_the_erased_are_skipped<B: Backend>(backend: &B) {
    let store = backend.store();
    let erased = some_id();
    erase(store, erased, at(0)).await;
    let pair = Pair::new(some_id(), erased).unwrap();
    let batch = vec![
        contact(pair, None),
        contact(some_pair(), None),
        contact(pair.reversed(), None),
    ];
    let made = store
        .import_contacts(&contacts(batch, false))
        .await
        .unwrap();
    assert_eq!(
        made,
        Some(vec![Made::Skipped, Made::Created, Made::Skipped])
    );
    let batch = vec![followed(pair, true), followed(pair.reversed(), false)];
    let made = store.import_follows(&follows(batch, false)).await.unwrap();
    assert_eq!(made, [Made::Skipped; 2]);
}

pub async fn more_contacts_than_may_be_are_not_imported<B: Backend>(backend: &B) {
    let store = backend.store();
    let owner = some_id();
    let some = |number: u32| {
        let others = (0..number).map(|_| contact(Pair::new(owner, some_id()).unwrap(), None));
        contacts(others.collect(), false)
    };
    for number in [MOST_CONTACTS / 2, MOST_CONTACTS / 2 - 1] {
        let made = store.import_contacts(&some(number)).await.unwrap();
        assert!(made.is_some());
    }
    assert_eq!(store.import_contacts(&some(2)).await.unwrap(), None);
    let made = store.import_contacts(&some(1)).await.unwrap();
    assert_eq!(made, Some(vec![Made::Created]));
    assert_eq!(store.import_contacts(&some(1)).await.unwrap(), None);
}

pub async fn follows_are_imported_with_their_counts<B: Backend>(backend: &B) {
    let store = backend.store();
    let [one, two, three] = [some_id(), some_id(), some_id()];
    let pair = |actor, other| Pair::new(actor, other).unwrap();
    let batch = vec![
        followed(pair(one, two), true),
        followed(pair(three, two), true),
        followed(pair(two, one), false),
        followed(pair(three, one), true),
    ];
    for expected in [Made::Created, Made::Unchanged] {
        let made = store.import_follows(&follows(batch.clone(), false)).await;
        assert_eq!(made.unwrap(), vec![expected; 4]);
        assert_eq!(counts(backend, one).await, (1, 1, 1));
        assert_eq!(counts(backend, two).await, (2, 0, 0));
        assert_eq!(counts(backend, three).await, (0, 2, 0));
    }
    let kept = store.find_follow(pair(one, two)).await.unwrap().unwrap();
    assert_eq!(kept, batch[0]);
}

pub async fn an_imported_follow_of_who_is_blocked_is_withheld<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    store.add_block(pair, at(0)).await.unwrap();
    let batch = vec![followed(pair, true), followed(pair.reversed(), true)];
    let made = store.import_follows(&follows(batch, true)).await.unwrap();
    assert_eq!(made, [Made::FollowerBlocks, Made::Created]);
    assert_eq!(store.find_follow(pair).await.unwrap(), None);
    let withheld = store.find_follow(pair.reversed()).await.unwrap().unwrap();
    assert_eq!(withheld.status, FollowStatus::Withheld);
    assert_eq!(withheld.decided_at, None);
    assert_eq!(counts(backend, pair.actor()).await, (0, 0, 0));
    store.remove_block(pair, at(2)).await.unwrap();
    assert_eq!(counts(backend, pair.actor()).await, (0, 0, 1));
}

pub async fn an_imported_request_is_accepted_when_overwritten<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    let import = async |is_accepted, overwrites| {
        let batch = follows(vec![followed(pair, is_accepted)], overwrites);
        store.import_follows(&batch).await.unwrap()
    };
    assert_eq!(import(false, false).await, [Made::Created]);
    assert_eq!(import(true, false).await, [Made::Unchanged]);
    assert_eq!(import(true, true).await, [Made::Changed]);
    assert_eq!(counts(backend, pair.other()).await, (1, 0, 0));
    // A follow stays.
    assert_eq!(import(false, true).await, [Made::Unchanged]);
    let kept = store.find_follow(pair).await.unwrap().unwrap();
    assert_eq!(
        (kept.status, kept.decided_at),
        (FollowStatus::Accepted, Some(at(5)))
    );
}

pub async fn no_imported_row_outlives_an_erasure_at_the_same_time<B: Backend>(backend: &B) {
    for _ in 0..20 {
        let pair = some_pair();
        let erased = pair.actor();
        let mut racers = JoinSet::new();
        for pair in [pair, pair.reversed()] {
            let store = Arc::clone(backend.store());
            racers.spawn(async move {
                let batch = contacts(vec![contact(pair, None)], false);
                store.import_contacts(&batch).await.unwrap();
                let batch = follows(vec![followed(pair, true)], false);
                store.import_follows(&batch).await.unwrap();
            });
        }
        let store = Arc::clone(backend.store());
        racers.spawn(async move { erase(&store, erased, at(2)).await });
        racers.join_all().await;
        assert_only_a_tombstone(backend, erased);
        assert_eq!(counts(backend, pair.other()).await, (0, 0, 0));
    }
}

pub async fn of_a_block_and_an_import_at_once_the_block_stands_alone<B: Backend>(backend: &B) {
    for _ in 0..20 {
        let pair = some_pair();
        let mut racers = JoinSet::new();
        let store = Arc::clone(backend.store());
        racers.spawn(async move {
            let batch = vec![followed(pair, true), followed(pair.reversed(), true)];
            store.import_follows(&follows(batch, false)).await.unwrap();
        });
        let store = Arc::clone(backend.store());
        racers.spawn(async move {
            store.add_block(pair, at(1)).await.unwrap();
        });
        racers.join_all().await;
        let store = backend.store();
        assert_eq!(store.find_follow(pair).await.unwrap(), None);
        let follow = store.find_follow(pair.reversed()).await.unwrap();
        assert!(follow.is_none_or(|it| it.status == FollowStatus::Withheld));
        for user_id in [pair.actor(), pair.other()] {
            assert_eq!(counts(backend, user_id).await, (0, 0, 0));
        }
    }
}

pub async fn imports_at_once_store_everything_once<B: Backend>(backend: &B) {
    let (hub, others) = (some_id(), [(); 50].map(|()| some_id()));
    let pairs = others.map(|other| Pair::new(other, hub).unwrap());
    let mut importing = JoinSet::new();
    for number in 0..4 {
        let store = Arc::clone(backend.store());
        importing.spawn(async move {
            let mut batch = pairs.map(|pair| followed(pair, true)).to_vec();
            batch.rotate_left(number * 10);
            let made = store.import_follows(&follows(batch, true)).await.unwrap();
            let batch = pairs.map(|pair| contact(pair.reversed(), None));
            let contacts = contacts(batch.to_vec(), true);
            let others = store.import_contacts(&contacts).await.unwrap().unwrap();
            made.into_iter().chain(others)
        });
    }
    // Users who change something at the same time.
    for other in others.into_iter().take(10) {
        let store = Arc::clone(backend.store());
        importing.spawn(async move {
            store
                .follow(&wish(Pair::new(hub, other).unwrap(), 1))
                .await
                .unwrap();
            Vec::new().into_iter().chain(Vec::new())
        });
    }
    let made = importing.join_all().await.into_iter().flatten();
    let created = made.filter(|made| *made == Made::Created);
    assert_eq!(created.count(), 100);
    assert_eq!(counts(backend, hub).await, (50, 10, 0));
}
