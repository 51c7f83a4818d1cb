//! Requirements on every [`ErasureStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod receipts;
mod unfinished;

use std::collections::BTreeSet;
use std::sync::Arc;

use privet_application::accounts::erasure::ErasureStore;
use privet_application::administration::support::LookStore;
use privet_application::relationships::Party;
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::{FollowStore, Followed};
use privet_application::settings::{Presence, SettingsStore};
use privet_application::tombstones::TombstoneStore;
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;

use crate::Backend;
use crate::follows::{make_private, wish};
use crate::looks::look;
use crate::samples::{
    at, change, erase, first_seen, no_email, private_account, some_id, some_pair,
};

pub use receipts::*;
pub use unfinished::*;

/// The feed names an erased user until its retention is over, because services must learn of the erasure.
const KEPT: [&str; 2] = ["changes", "erased_users"];

/// Whether nothing else names the user: a tombstone, and the feed.
pub(crate) fn assert_only_a_tombstone<B: Backend>(backend: &B, user_id: UserId) {
    let tables = backend.tables_naming(user_id);
    assert_eq!(tables, BTreeSet::from(KEPT.map(str::to_owned)));
}

/// Creates contacts and follows between the two, in both directions.
async fn tie<B: Backend>(backend: &B, pair: Pair) {
    let store = backend.store();
    for pair in [pair, pair.reversed()] {
        store.add_contact(pair, at(1)).await.unwrap();
        store.follow(&wish(pair, 1)).await.unwrap();
    }
}

async fn block_each_other<B: Backend>(backend: &B, pair: Pair) {
    for pair in [pair, pair.reversed()] {
        backend.store().add_block(pair, at(1)).await.unwrap();
    }
}

async fn make_exceptions<B: Backend>(backend: &B, pair: Pair) {
    let exceptions = Exceptions::of([("call", Exception::Never)]);
    for pair in [pair, pair.reversed()] {
        let set = backend.store().set_exceptions(pair, &exceptions, at(1));
        set.await.unwrap();
    }
}

/// Creates a user with as many kinds of rows as one user can have in all tables.
async fn known_everywhere<B: Backend>(backend: &B) -> UserId {
    let user_id = some_id();
    // The user sends a request before the account is private. The other requests are received later.
    tie(backend, Pair::new(user_id, some_id()).unwrap()).await;
    make_private(backend, user_id).await;
    let asked = some_id();
    make_private(backend, asked).await;
    tie(backend, Pair::new(user_id, asked).unwrap()).await;
    block_each_other(backend, Pair::new(user_id, some_id()).unwrap()).await;
    make_exceptions(backend, Pair::new(user_id, some_id()).unwrap()).await;
    let recorded = backend.store().record_look(&look(user_id)).await;
    assert!(recorded.unwrap());
    let tables = backend.tables_naming(user_id);
    let expected = [
        "audit_log",
        "blocks",
        "changes",
        "contacts",
        "exceptions",
        "follow_counts",
        "follows",
        "list_counts",
        "support_looks",
        "users",
    ];
    assert_eq!(tables, expected.map(str::to_owned).into());
    user_id
}

pub async fn an_erasure_leaves_nothing_but_a_tombstone<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    erase(backend.store(), user_id, at(2)).await;
    assert_only_a_tombstone(backend, user_id);
}

pub async fn an_erasure_leaves_everybody_else_alone<B: Backend>(backend: &B) {
    let store = backend.store();
    let (others, friend) = (some_pair(), some_id());
    tie(backend, others).await;
    let friendship = Pair::new(others.actor(), friend).unwrap();
    tie(backend, friendship).await;
    make_private(backend, others.actor()).await;
    let before = store.find(others.actor()).await.unwrap();
    erase(store, friend, at(2)).await;
    assert_eq!(store.find(others.actor()).await.unwrap(), before);
    assert!(store.find_contact(others).await.unwrap().unwrap().mutual);
    assert!(store.find_follow(others).await.unwrap().is_some());
    assert!(backend.tables_naming(others.actor()).contains("audit_log"));
    assert_eq!(store.find_contact(friendship).await.unwrap(), None);
    assert!(!store.is_erased(others.actor()).await.unwrap());
}

pub async fn somebody_never_seen_can_be_erased<B: Backend>(backend: &B) {
    let user_id = some_id();
    let store = backend.store();
    assert!(!store.is_erased(user_id).await.unwrap());
    erase(store, user_id, at(1)).await;
    assert!(store.is_erased(user_id).await.unwrap());
    assert_only_a_tombstone(backend, user_id);
}

pub async fn erasing_again_keeps_the_first_tombstone<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    erase(backend.store(), user_id, at(0)).await;
    let tombstone = backend.tombstones();
    assert_eq!(tombstone.len(), 1);
    erase(backend.store(), user_id, at(5)).await;
    assert_eq!(backend.tombstones(), tombstone);
}

/// A change that involves the user and runs at the same time as the erasure.
#[derive(Debug, Clone, Copy)]
enum ConcurrentChange {
    Contact,
    Block,
    Follow,
    Settings,
}

async fn carry_out<S>(store: Arc<S>, change_of: ConcurrentChange, pair: Pair, erased: UserId)
where
    S: SettingsStore + ContactStore + BlockStore + FollowStore + ErasureStore,
{
    let party = if pair.actor() == erased {
        Party::Actor
    } else {
        Party::Other
    };
    match change_of {
        ConcurrentChange::Contact => {
            let added = store.add_contact(pair, at(1)).await.unwrap().into_result();
            assert!(added.is_ok() || store.is_erased(erased).await.unwrap());
        }
        ConcurrentChange::Block => {
            let added = store.add_block(pair, at(1)).await.unwrap().into_result();
            assert!(added.is_ok() || store.is_erased(erased).await.unwrap());
        }
        ConcurrentChange::Follow => {
            let followed = store.follow(&wish(pair, 1)).await.unwrap();
            let expected = matches!(followed, Followed::Follow(_) | Followed::Blocked);
            assert!(
                expected || followed == Followed::Erased(party),
                "{followed:?}"
            );
        }
        ConcurrentChange::Settings => {
            let created = store.create(first_seen(erased).into()).await.unwrap();
            let Presence::Here(user) = created else {
                return;
            };
            let email = change(&user, no_email());
            store.compare_and_set(&email).await.unwrap();
            let account = change(&email.row, private_account(true));
            store.compare_and_set(&account).await.unwrap();
        }
    }
}

async fn erase_during<B: Backend>(backend: &B, changes: &[ConcurrentChange]) {
    for _ in 0..20 {
        let pair = some_pair();
        let erased = pair.actor();
        let mut racers = JoinSet::new();
        for &change in changes {
            for pair in [pair, pair.reversed()] {
                let store = Arc::clone(backend.store());
                racers.spawn(carry_out(store, change, pair, erased));
            }
        }
        let store = Arc::clone(backend.store());
        racers.spawn(async move { erase(&store, erased, at(2)).await });
        racers.join_all().await;
        assert!(backend.store().is_erased(erased).await.unwrap());
        assert_only_a_tombstone(backend, erased);
    }
}

pub async fn no_contact_outlives_an_erasure_at_the_same_time<B: Backend>(backend: &B) {
    erase_during(backend, &[ConcurrentChange::Contact]).await;
}

pub async fn no_block_outlives_an_erasure_at_the_same_time<B: Backend>(backend: &B) {
    erase_during(backend, &[ConcurrentChange::Block]).await;
}

pub async fn no_follow_outlives_an_erasure_at_the_same_time<B: Backend>(backend: &B) {
    erase_during(backend, &[ConcurrentChange::Follow]).await;
}

pub async fn no_setting_outlives_an_erasure_at_the_same_time<B: Backend>(backend: &B) {
    erase_during(backend, &[ConcurrentChange::Settings]).await;
}

pub async fn nothing_outlives_an_erasure_among_all_kinds_of_changes<B: Backend>(backend: &B) {
    use ConcurrentChange::{Block, Contact, Follow, Settings};
    erase_during(backend, &[Contact, Follow, Block, Settings]).await;
}

/// Both erasures delete the rows between the two. They must not cause a deadlock.
pub async fn friends_who_are_erased_at_once_both_are<B: Backend>(backend: &B) {
    for _ in 0..8 {
        let friends = [some_id(), some_id(), some_id()];
        for (one, other) in [(0, 1), (1, 2), (2, 0)] {
            tie(backend, Pair::new(friends[one], friends[other]).unwrap()).await;
        }
        let mut erasing = JoinSet::new();
        for user_id in friends.into_iter().chain(friends) {
            let store = Arc::clone(backend.store());
            erasing.spawn(async move { erase(&store, user_id, at(2)).await });
        }
        erasing.join_all().await;
        for user_id in friends {
            assert_only_a_tombstone(backend, user_id);
        }
    }
}
