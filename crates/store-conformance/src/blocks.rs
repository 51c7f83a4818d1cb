//! Requirements on every [`BlockStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod closed_door;

use std::sync::Arc;

use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::{FollowStore, Followed};
use privet_application::relationships::{Added, ListQuery, Party, Position};
use privet_domain::Pair;
use privet_domain::relationships::blocks::{Block, MOST_BLOCKS};
use privet_domain::relationships::follows::FollowStatus;
use tokio::task::JoinSet;

use crate::Backend;
use crate::follows::{make_private, wish};
use crate::samples::{at, erase, some_id, some_pair};

pub use closed_door::a_block_takes_the_statements_of_a_closed_account;

/// Adds a new block.
async fn add<B: Backend>(backend: &B, pair: Pair, seconds: i64) -> Block {
    let added = backend.store().add_block(pair, at(seconds)).await.unwrap();
    let block = Block {
        user_id: pair.other(),
        blocked_at: at(seconds),
    };
    assert_eq!(added, Added::New(block));
    block
}

pub async fn a_block_is_new_once_and_then_stays_as_it_was<B: Backend>(backend: &B) {
    let pair = some_pair();
    let first = add(backend, pair, 1).await;
    let again = backend.store().add_block(pair, at(2)).await.unwrap();
    assert_eq!(again, Added::Stood(first));
    let found = backend.store().find_block(pair).await.unwrap();
    assert_eq!(found, Some(first));
    let found = backend.store().find_block(pair.reversed()).await.unwrap();
    assert_eq!(found, None);
}

pub async fn a_lifted_block_is_gone_once<B: Backend>(backend: &B) {
    let pair = some_pair();
    let store = backend.store();
    assert!(!store.remove_block(pair, at(8)).await.unwrap());
    add(backend, pair, 1).await;
    add(backend, pair.reversed(), 2).await;
    assert!(store.remove_block(pair, at(8)).await.unwrap());
    assert!(!store.remove_block(pair, at(8)).await.unwrap());
    assert_eq!(store.find_block(pair).await.unwrap(), None);
    assert!(store.remove_block(pair.reversed(), at(8)).await.unwrap());
}

pub async fn no_block_is_passed_over_or_listed_twice<B: Backend>(backend: &B) {
    let owner = some_id();
    let other = || Pair::new(owner, some_id()).unwrap();
    let mut expected = Vec::new();
    for seconds in [1, 3, 1, 2, 2, 1, 1] {
        expected.push(add(backend, other(), seconds).await);
        add(backend, some_pair(), seconds).await;
    }
    expected.sort_by_key(|block| (block.blocked_at, block.user_id));
    expected.reverse();
    let mut query = ListQuery {
        owner,
        behind: None,
        limit: 2,
    };
    let mut listed = Vec::new();
    loop {
        let part = backend.store().list_blocks(&query).await.unwrap();
        let Some(last) = part.last() else { break };
        query.behind = Some(Position {
            at: last.blocked_at,
            id: last.user_id.as_uuid(),
        });
        listed.extend(part);
        add(backend, other(), 5).await;
    }
    assert_eq!(listed, expected);
}

pub async fn a_block_ends_follows_and_requests_both_ways<B: Backend>(backend: &B) {
    let store = backend.store();
    for requested in [false, true] {
        for blocks in [|pair: Pair| pair, Pair::reversed] {
            let pair = some_pair();
            if requested {
                make_private(backend, pair.actor()).await;
                make_private(backend, pair.other()).await;
            }
            let bystander = Pair::new(some_id(), pair.other()).unwrap();
            for pair in [pair, pair.reversed(), bystander] {
                store.follow(&wish(pair, 1)).await.unwrap();
            }
            add(backend, blocks(pair), 2).await;
            for pair in [pair, pair.reversed()] {
                assert_eq!(store.find_follow(pair).await.unwrap(), None);
            }
            assert!(store.find_follow(bystander).await.unwrap().is_some());
            // Removing the block does not restore the follows.
            assert!(store.remove_block(blocks(pair), at(8)).await.unwrap());
            assert_eq!(store.find_follow(pair).await.unwrap(), None);
        }
    }
}

pub async fn contacts_outlast_a_block<B: Backend>(backend: &B) {
    let pair = some_pair();
    let store = backend.store();
    store.add_contact(pair, at(1)).await.unwrap();
    store.add_contact(pair.reversed(), at(1)).await.unwrap();
    add(backend, pair, 2).await;
    for pair in [pair, pair.reversed()] {
        assert!(store.find_contact(pair).await.unwrap().unwrap().mutual);
    }
    let third = Pair::new(some_id(), pair.actor()).unwrap();
    add(backend, third, 3).await;
    let added = store.add_contact(third.reversed(), at(4)).await.unwrap();
    assert!(matches!(added, Added::New(_)), "{added:?}");
}

pub async fn nobody_blocks_or_is_blocked_once_erased<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    erase(store, pair.other(), at(1)).await;
    let added = store.add_block(pair, at(2)).await.unwrap();
    assert_eq!(added, Added::Erased(Party::Other));
    let added = store.add_block(pair.reversed(), at(2)).await.unwrap();
    assert_eq!(added, Added::Erased(Party::Actor));
    assert_eq!(store.find_block(pair).await.unwrap(), None);
    assert_eq!(store.find_block(pair.reversed()).await.unwrap(), None);
}

pub async fn of_a_block_and_a_follow_at_once_the_block_stands_alone<B: Backend>(backend: &B) {
    for round in 0..40 {
        let pair = some_pair();
        let block = if round % 2 == 0 {
            pair
        } else {
            pair.reversed()
        };
        if round % 4 < 2 {
            make_private(backend, pair.other()).await;
            backend.store().follow(&wish(pair, 0)).await.unwrap();
        }
        let mut racers = JoinSet::new();
        for follow in [pair, pair.reversed(), pair] {
            let store = Arc::clone(backend.store());
            racers.spawn(async move {
                let followed = store.follow(&wish(follow, 1)).await.unwrap();
                assert!(!matches!(followed, Followed::Erased(_)), "{followed:?}");
            });
        }
        let store = Arc::clone(backend.store());
        racers.spawn(async move {
            let added = store.add_block(block, at(1)).await.unwrap();
            assert!(matches!(added, Added::New(_)), "{added:?}");
        });
        racers.join_all().await;
        let store = backend.store();
        assert!(store.find_block(block).await.unwrap().is_some());
        assert_eq!(store.find_follow(block).await.unwrap(), None);
        let request = store.find_follow(block.reversed()).await.unwrap();
        assert!(request.is_none_or(|request| request.status == FollowStatus::Withheld));
    }
}

pub async fn as_many_are_blocked_as_may_be<B: Backend>(backend: &B) {
    let (store, owner) = (backend.store(), some_id());
    let other = || Pair::new(owner, some_id()).unwrap();
    let first = add(backend, other(), 1).await;
    let pair = Pair::new(owner, first.user_id).unwrap();
    let sql = format!("UPDATE list_counts SET blocks = {MOST_BLOCKS}");
    backend.execute(&sql).unwrap();
    let (refused, follow) = (other(), other());
    store.follow(&wish(follow.reversed(), 1)).await.unwrap();
    for pair in [refused, follow] {
        let added = store.add_block(pair, at(2)).await.unwrap();
        assert_eq!(added, Added::LimitReached);
        assert_eq!(store.find_block(pair).await.unwrap(), None);
    }
    // The refused block has changed nothing.
    assert!(
        store
            .find_follow(follow.reversed())
            .await
            .unwrap()
            .is_some()
    );
    let again = store.add_block(pair, at(3)).await.unwrap();
    assert_eq!(again, Added::Stood(first));
    assert!(store.remove_block(pair, at(4)).await.unwrap());
    add(backend, refused, 5).await;
}

pub async fn the_database_refuses_a_block_that_the_domain_refuses<B: Backend>(backend: &B) {
    add(backend, some_pair(), 1).await;
    for assignment in [
        "blocked_id = blocker_id",
        "blocker_id = NULL",
        "blocked_id = NULL",
        "blocked_at = NULL",
    ] {
        let refusal = backend.execute(&format!("UPDATE blocks SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
}
