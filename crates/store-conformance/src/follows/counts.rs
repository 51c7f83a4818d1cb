//! The stored counts equal the numbers of follows after all kinds of changes.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::accounts::erasure::ErasureStore;
use privet_application::relationships::ListQuery;
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::follows::{
    FollowCounts, FollowList, FollowRequestDecision, FollowStore,
};
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{ask, ending, follow, make_private, set_privacy, wish};
use crate::Backend;
use crate::samples::{at, erase, some_id, some_pair};

/// Counts the user's follows by reading all of them.
async fn listed<B: Backend>(backend: &B, owner: UserId) -> FollowCounts {
    let query = ListQuery {
        owner,
        behind: None,
        limit: 10_000,
    };
    let length = async |list| {
        let items = backend.store().list_follows(list, &query).await.unwrap();
        items.len() as u64
    };
    FollowCounts {
        followers: length(FollowList::Followers).await,
        following: length(FollowList::Following).await,
        requests_received: length(FollowList::RequestsReceived).await,
    }
}

/// The stored counts. Asserts that they are correct.
async fn counted<B: Backend>(backend: &B, user_id: UserId) -> FollowCounts {
    let counted = backend.store().count_follows(user_id).await.unwrap();
    assert_eq!(counted, listed(backend, user_id).await, "{user_id:?}");
    counted
}

/// Asserts the counts of the pair's actor and of the other, as `[followers, following, requests]`.
async fn assert_counts<B: Backend>(backend: &B, pair: Pair, expected: [[u64; 3]; 2]) {
    for (user_id, expected) in [pair.actor(), pair.other()].into_iter().zip(expected) {
        let counts = counted(backend, user_id).await;
        let counts = [counts.followers, counts.following, counts.requests_received];
        assert_eq!(counts, expected, "{user_id:?}");
    }
}

const NOTHING: [[u64; 3]; 2] = [[0, 0, 0], [0, 0, 0]];
const FOLLOWS: [[u64; 3]; 2] = [[0, 1, 0], [1, 0, 0]];
const ASKED: [[u64; 3]; 2] = [[0, 0, 0], [0, 0, 1]];

pub async fn a_follow_counts_from_its_beginning_to_its_end<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    assert_counts(backend, pair, NOTHING).await;
    for seconds in [1, 2] {
        follow(backend, &wish(pair, seconds)).await;
        assert_counts(backend, pair, FOLLOWS).await;
    }
    for only in [None, Some(FollowStatus::Accepted)] {
        follow(backend, &wish(pair, 3)).await;
        assert!(
            !store
                .end_follow(&ending(pair, Some(FollowStatus::Pending)))
                .await
                .unwrap()
        );
        assert_counts(backend, pair, FOLLOWS).await;
        assert!(store.end_follow(&ending(pair, only)).await.unwrap());
        assert!(!store.end_follow(&ending(pair, only)).await.unwrap());
        assert_counts(backend, pair, NOTHING).await;
    }
}

pub async fn a_request_counts_until_it_is_decided_or_withdrawn<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    for _ in 0..2 {
        ask(backend, &wish(pair, 1)).await;
        follow(backend, &wish(pair, 2)).await;
        assert_counts(backend, pair, ASKED).await;
        assert!(store.end_follow(&ending(pair, None)).await.unwrap());
        assert_counts(backend, pair, NOTHING).await;
    }
    let request = ask(backend, &wish(pair, 3)).await;
    for _ in 0..2 {
        decide(backend, &request, FollowRequestDecision::Decline).await;
        assert_counts(backend, pair, NOTHING).await;
    }
    let request = ask(backend, &wish(pair, 4)).await;
    for decision in [
        FollowRequestDecision::Accept,
        FollowRequestDecision::Accept,
        FollowRequestDecision::Decline,
    ] {
        decide(backend, &request, decision).await;
        assert_counts(backend, pair, FOLLOWS).await;
    }
}

async fn decide<B: Backend>(backend: &B, request: &Follow, decision: FollowRequestDecision) {
    let asked = request.following_id;
    let decided = backend
        .store()
        .decide_follow_request(asked, request.id, decision, at(9));
    decided.await.unwrap();
}

pub async fn a_request_that_is_accepted_by_asking_again_counts_as_a_follow<B: Backend>(
    backend: &B,
) {
    let pair = some_pair();
    ask(backend, &wish(pair, 1)).await;
    set_privacy(backend, pair.other(), false).await;
    assert_counts(backend, pair, ASKED).await;
    follow(backend, &wish(pair, 2)).await;
    assert_counts(backend, pair, FOLLOWS).await;
}

pub async fn what_a_block_ends_counts_no_more<B: Backend>(backend: &B) {
    for blocked_by_the_follower in [false, true] {
        let pair = some_pair();
        follow(backend, &wish(pair, 1)).await;
        ask(backend, &wish(pair.reversed(), 1)).await;
        assert_counts(backend, pair, [[0, 1, 1], [1, 0, 0]]).await;
        let block = if blocked_by_the_follower {
            pair
        } else {
            pair.reversed()
        };
        for seconds in [2, 3] {
            backend.store().add_block(block, at(seconds)).await.unwrap();
            assert_counts(backend, pair, NOTHING).await;
        }
        // Refused if the follower blocks the other, and withheld if the other blocks the follower.
        backend.store().follow(&wish(pair, 4)).await.unwrap();
        assert_counts(backend, pair, NOTHING).await;
    }
}

pub async fn who_is_erased_counts_nowhere<B: Backend>(backend: &B) {
    let gone = some_id();
    let with = |other| Pair::new(gone, other).unwrap();
    let (friend, asked, asking) = (some_id(), some_id(), some_id());
    let bystanders = Pair::new(friend, asked).unwrap();
    follow(backend, &wish(bystanders, 1)).await;
    follow(backend, &wish(with(friend), 1)).await;
    follow(backend, &wish(with(friend).reversed(), 1)).await;
    ask(backend, &wish(with(asked), 1)).await;
    make_private(backend, gone).await;
    follow(backend, &wish(with(asking).reversed(), 1)).await;
    assert_counts(backend, with(friend), [[1, 1, 1], [1, 2, 0]]).await;
    assert_counts(backend, with(asked), [[1, 1, 1], [1, 0, 1]]).await;
    for seconds in [2, 3] {
        erase(backend.store(), gone, at(seconds)).await;
        assert_counts(backend, bystanders, FOLLOWS).await;
        assert_counts(backend, with(asking), NOTHING).await;
    }
}

pub async fn many_who_follow_one_user_at_once_are_all_counted<B: Backend>(backend: &B) {
    let known = some_id();
    let followers: Vec<_> = (0..32).map(|_| some_id()).collect();
    for is_following in [true, false] {
        let mut changing = JoinSet::new();
        for follower in &followers {
            let pair = Pair::new(*follower, known).unwrap();
            let store = Arc::clone(backend.store());
            changing.spawn(async move {
                if is_following {
                    store.follow(&wish(pair, 1)).await.unwrap();
                } else {
                    assert!(store.end_follow(&ending(pair, None)).await.unwrap());
                }
            });
        }
        changing.join_all().await;
        let expected = if is_following { followers.len() } else { 0 };
        assert_eq!(counted(backend, known).await.followers, expected as u64);
    }
}

/// Both transactions change the counts of both users. They must not cause a deadlock.
pub async fn two_who_follow_each_other_at_once_are_both_counted<B: Backend>(backend: &B) {
    for _ in 0..20 {
        let pair = some_pair();
        for is_following in [true, false] {
            let mut changing = JoinSet::new();
            for pair in [pair, pair.reversed()] {
                let store = Arc::clone(backend.store());
                changing.spawn(async move {
                    if is_following {
                        store.follow(&wish(pair, 1)).await.unwrap();
                    } else {
                        assert!(store.end_follow(&ending(pair, None)).await.unwrap());
                    }
                });
            }
            changing.join_all().await;
            let each = u64::from(is_following);
            assert_counts(backend, pair, [[each, each, 0]; 2]).await;
        }
    }
}

/// All users execute all kinds of changes, and one is erased at the same time.
pub async fn counts_are_exact_after_all_kinds_of_changes_at_once<B: Backend>(backend: &B) {
    for _ in 0..5 {
        let users: Vec<_> = (0..5).map(|_| some_id()).collect();
        for private in &users[..3] {
            make_private(backend, *private).await;
        }
        let mut changing = JoinSet::new();
        for number in 0..120 {
            let store = Arc::clone(backend.store());
            let users = users.clone();
            changing.spawn(async move { change_something(&store, &users, number).await });
        }
        changing.join_all().await;
        for user_id in users {
            counted(backend, user_id).await;
        }
    }
}

async fn change_something<S>(store: &Arc<S>, users: &[UserId], number: usize)
where
    S: FollowStore + BlockStore + ErasureStore,
{
    let random = Uuid::new_v4().as_u128();
    let of = |shift: u32| usize::try_from((random >> shift) % 1_000).unwrap();
    let (one, other) = (users[of(0) % users.len()], users[of(16) % users.len()]);
    let Ok(pair) = Pair::new(one, other) else {
        return;
    };
    match (of(32) % 10, number) {
        (_, 90) => erase(store, users[0], at(9)).await,
        (0, _) => {
            store.add_block(pair, at(2)).await.unwrap();
            store.remove_block(pair, at(8)).await.unwrap();
        }
        (1 | 2, _) => drop(store.end_follow(&ending(pair, None)).await.unwrap()),
        (3 | 4, _) => decide_any(&**store, one, of(48)).await,
        _ => drop(store.follow(&wish(pair, 1)).await.unwrap()),
    }
}

/// Accepts or declines all requests to the user.
async fn decide_any<S: FollowStore>(store: &S, asked: UserId, choice: usize) {
    let query = ListQuery {
        owner: asked,
        behind: None,
        limit: 3,
    };
    let requests = store.list_follows(FollowList::RequestsReceived, &query);
    for request in requests.await.unwrap() {
        let decision = if choice.is_multiple_of(2) {
            FollowRequestDecision::Accept
        } else {
            FollowRequestDecision::Decline
        };
        let decided = store.decide_follow_request(asked, request.id, decision, at(3));
        decided.await.unwrap();
    }
}

pub async fn the_database_refuses_a_count_below_nothing<B: Backend>(backend: &B) {
    follow(backend, &wish(some_pair(), 1)).await;
    for column in ["followers", "following", "requests_received"] {
        for value in ["-1", "NULL"] {
            let refusal = backend.execute(&format!("UPDATE follow_counts SET {column} = {value}"));
            assert!(refusal.is_err(), "{column}");
        }
    }
}
