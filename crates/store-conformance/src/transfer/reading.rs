//! Reading everything in the order of the keys.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use privet_application::accounts::erasure::ErasureStore;
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::FollowStore;
use privet_application::settings::SettingsStore;
use privet_application::transfer::{PairKey, TransferStore};
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::{Pair, UserId};

use crate::Backend;
use crate::follows::wish;
use crate::samples::{at, erase, first_seen, some_id, start};

fn key(pair: Pair) -> PairKey {
    (pair.actor(), pair.other())
}

/// Every key that a read answers, two at a time.
async fn all<K: Copy>(read: impl AsyncFn(Option<K>) -> Vec<K>) -> Vec<K> {
    let (mut after, mut keys) = (None, Vec::new());
    loop {
        let part = read(after).await;
        assert!(part.len() <= 2);
        keys.extend_from_slice(&part);
        if part.len() < 2 {
            return keys;
        }
        after = part.last().copied();
    }
}

/// The pairs of every kind of relationship, and the users who are there and who were erased.
async fn everything<B: Backend>(backend: &B) -> ([Vec<PairKey>; 4], [Vec<UserId>; 2]) {
    let store = &**backend.store();
    let contacts = all(async |after| {
        let lines = store.contacts_after(after, 2).await.unwrap();
        lines.iter().map(|line| key(line.pair)).collect::<Vec<_>>()
    });
    let blocks = all(async |after| {
        let lines = store.blocks_after(after, 2).await.unwrap();
        lines.iter().map(|line| key(line.pair)).collect::<Vec<_>>()
    });
    let exceptions = all(async |after| {
        let lines = store.exceptions_after(after, 2).await.unwrap();
        lines.iter().map(|line| key(line.pair)).collect::<Vec<_>>()
    });
    let follows = all(async |after| {
        let lines = store.follows_after(after, 2).await.unwrap();
        lines
            .iter()
            .map(|line| key(line.pair.reversed()))
            .collect::<Vec<_>>()
    });
    let users = all(async |after| {
        let users = store.users_after(after, 2).await.unwrap();
        users.iter().map(|user| user.id).collect::<Vec<_>>()
    });
    let erased = all(async |after| {
        let lines = store.erased_after(after, 2).await.unwrap();
        lines.iter().map(|line| line.user_id).collect::<Vec<_>>()
    });
    let pairs = [
        contacts.await,
        blocks.await,
        exceptions.await,
        follows.await,
    ];
    (pairs, [users.await, erased.await])
}

/// Ties each of these users to each other one in every way. A block ends follows, so that some have no follow.
async fn tie_all<B: Backend>(backend: &B, users: &[UserId]) -> [Vec<PairKey>; 4] {
    let store = backend.store();
    let exceptions = Exceptions::of([("view_profile", Exception::Never)]);
    let mut keys = <[Vec<PairKey>; 4]>::default();
    for (place, actor) in users.iter().enumerate() {
        for other in users.iter().filter(|other| *other != actor) {
            let pair = Pair::new(*actor, *other).unwrap();
            store.add_contact(pair, at(1)).await.unwrap();
            let set = store.set_exceptions(pair, &exceptions, at(1));
            set.await.unwrap();
            keys[0].push(key(pair));
            keys[2].push(key(pair));
            if place == 0 {
                store.add_block(pair, at(1)).await.unwrap();
                keys[1].push(key(pair));
            } else if *other != users[0] {
                store.follow(&wish(pair, 1)).await.unwrap();
                keys[3].push(key(pair.reversed()));
            }
        }
    }
    for keys in &mut keys {
        keys.sort_unstable();
    }
    keys
}

pub async fn everything_is_read_in_the_order_of_the_keys<B: Backend>(backend: &B) {
    let mut users = [(); 5].map(|()| some_id());
    users.sort_unstable();
    for user_id in users {
        backend
            .store()
            .create(first_seen(user_id).into())
            .await
            .unwrap();
    }
    let keys = tie_all(backend, &users).await;
    let mut erased = [(); 3].map(|()| some_id());
    erased.sort_unstable();
    for user_id in erased {
        erase(backend.store(), user_id, at(1)).await;
    }
    let read = everything(backend).await;
    assert_eq!(read, (keys, [users.to_vec(), erased.to_vec()]));
    let lines = backend.store().contacts_after(None, 1).await.unwrap();
    assert_eq!(
        (lines[0].close_friend, lines[0].added_at),
        (Some(false), Some(at(1)))
    );
    let lines = backend.store().erased_after(None, 1).await.unwrap();
    assert_eq!(lines[0].at, at(1));
}

pub async fn nothing_of_who_is_being_erased_is_read<B: Backend>(backend: &B) {
    let users = [(); 4].map(|()| some_id());
    tie_all(backend, &users).await;
    for erased in &users[1..] {
        let begun = backend
            .store()
            .begin_erasure(start(*erased, at(2), 0))
            .await;
        begun.unwrap();
    }
    let (pairs, [_, erased]) = everything(backend).await;
    assert_eq!(pairs, <[Vec<PairKey>; 4]>::default());
    assert_eq!(erased.len(), 3);
}
