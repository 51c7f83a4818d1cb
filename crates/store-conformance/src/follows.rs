//! Requirements on every [`FollowStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod counts;
mod lists;
mod requests;

use std::sync::Arc;

use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::{
    Decided, FollowEnding, FollowList, FollowRequestDecision, FollowStore, FollowWish, Followed,
};
use privet_application::relationships::{ListQuery, Party};
use privet_application::settings::{Presence, SettingsStore};
use privet_domain::catalogue::Catalogue;
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Backend;
use crate::samples::{at, change, erase, first_seen, private_account, some_id, some_pair};

pub use counts::*;
pub use lists::*;
pub use requests::*;

/// A request to follow, with a new id.
pub(crate) fn wish(pair: Pair, seconds: i64) -> FollowWish {
    FollowWish {
        pair,
        id: Uuid::new_v4(),
        now: at(seconds),
        catalogue: Arc::new(Catalogue::core()),
    }
}

/// The end of a follow or a request by the follower; only if it has this status, if one is given.
pub(crate) fn ending(pair: Pair, only: Option<FollowStatus>) -> FollowEnding {
    FollowEnding {
        pair,
        only,
        actor_id: pair.actor(),
        now: at(9),
    }
}

/// Makes the account private, so that the user approves followers.
pub(crate) async fn make_private<B: Backend>(backend: &B, user_id: UserId) {
    set_privacy(backend, user_id, true).await;
}

async fn set_privacy<B: Backend>(backend: &B, user_id: UserId, is_private: bool) {
    let store = backend.store();
    let Presence::Here(user) = store.create(first_seen(user_id).into()).await.unwrap() else {
        panic!("the user was erased");
    };
    let change = change(&user, private_account(is_private));
    store.compare_and_set(&change).await.unwrap();
}

/// The follow that is created for this request.
fn made_of(wish: &FollowWish, status: FollowStatus) -> Follow {
    Follow {
        id: wish.id,
        follower_id: wish.pair.actor(),
        following_id: wish.pair.other(),
        status,
        created_at: wish.now,
        decided_at: (status == FollowStatus::Accepted).then_some(wish.now),
    }
}

/// Requests to follow, and returns the resulting follow.
async fn follow<B: Backend>(backend: &B, wish: &FollowWish) -> Follow {
    let followed = backend.store().follow(wish).await.unwrap();
    let Followed::Follow(follow) = followed else {
        panic!("{followed:?}");
    };
    let found = backend.store().find_follow(wish.pair).await.unwrap();
    assert_eq!(found, Some(follow));
    follow
}

/// Requests to follow a private account.
async fn ask<B: Backend>(backend: &B, wish: &FollowWish) -> Follow {
    make_private(backend, wish.pair.other()).await;
    let request = follow(backend, wish).await;
    assert_eq!(request, made_of(wish, FollowStatus::Pending));
    request
}

pub async fn a_user_never_seen_is_followed_at_once<B: Backend>(backend: &B) {
    let wish = wish(some_pair(), 1);
    let expected = made_of(&wish, FollowStatus::Accepted);
    assert_eq!(follow(backend, &wish).await, expected);
    let back = backend.store().find_follow(wish.pair.reversed()).await;
    assert_eq!(back.unwrap(), None);
}

pub async fn a_public_account_is_followed_at_once<B: Backend>(backend: &B) {
    let wish = wish(some_pair(), 1);
    set_privacy(backend, wish.pair.other(), false).await;
    // Only the privacy of the other account matters.
    make_private(backend, wish.pair.actor()).await;
    let expected = made_of(&wish, FollowStatus::Accepted);
    assert_eq!(follow(backend, &wish).await, expected);
}

pub async fn a_private_account_is_asked_first<B: Backend>(backend: &B) {
    ask(backend, &wish(some_pair(), 1)).await;
}

pub async fn following_again_keeps_what_there_is<B: Backend>(backend: &B) {
    let request = ask(backend, &wish(some_pair(), 1)).await;
    let pair = Pair::new(request.follower_id, request.following_id).unwrap();
    assert_eq!(follow(backend, &wish(pair, 2)).await, request);

    let accepted = follow(backend, &wish(some_pair(), 1)).await;
    let pair = Pair::new(accepted.follower_id, accepted.following_id).unwrap();
    assert_eq!(follow(backend, &wish(pair, 2)).await, accepted);
    make_private(backend, pair.other()).await;
    assert_eq!(follow(backend, &wish(pair, 3)).await, accepted);
}

pub async fn a_request_to_an_account_that_became_public_is_accepted_when_repeated<B: Backend>(
    backend: &B,
) {
    let request = ask(backend, &wish(some_pair(), 1)).await;
    let pair = Pair::new(request.follower_id, request.following_id).unwrap();
    set_privacy(backend, pair.other(), false).await;
    // The change to a public account does not change the request.
    let found = backend.store().find_follow(pair).await.unwrap();
    assert_eq!(found, Some(request));
    let again = wish(pair, 2);
    let accepted = request.accepted_at(again.now);
    assert_eq!(follow(backend, &again).await, accepted);
}

pub async fn nobody_follows_whom_they_block<B: Backend>(backend: &B) {
    let store = backend.store();
    let block = some_pair();
    store.add_block(block, at(1)).await.unwrap();
    let followed = store.follow(&wish(block, 2)).await.unwrap();
    assert_eq!(followed, Followed::Blocked);
    assert_eq!(store.find_follow(block).await.unwrap(), None);
    store.remove_block(block, at(8)).await.unwrap();
    follow(backend, &wish(block, 3)).await;
}

/// A request of a blocked user: the user who blocks does not see it.
pub async fn a_request_of_who_is_blocked_is_withheld_until_the_block_is_lifted<B: Backend>(
    backend: &B,
) {
    let store = backend.store();
    for is_private in [false, true] {
        let pair = some_pair();
        let (asking, asked) = (pair.actor(), pair.other());
        set_privacy(backend, asked, is_private).await;
        store.add_block(pair.reversed(), at(1)).await.unwrap();
        let first = wish(pair, 2);
        let request = made_of(&first, FollowStatus::Withheld);
        assert_eq!(follow(backend, &first).await, request);
        assert_eq!(follow(backend, &wish(pair, 3)).await, request);
        assert_eq!(store.find_follow(pair).await.unwrap(), Some(request));
        assert_eq!(
            listed(backend, FollowList::RequestsSent, asking).await,
            [request]
        );
        assert_eq!(
            listed(backend, FollowList::RequestsReceived, asked).await,
            []
        );
        let counts = store.count_follows(asked).await.unwrap();
        assert_eq!(counts.requests_received, 0);
        for decision in [
            FollowRequestDecision::Accept,
            FollowRequestDecision::Decline,
        ] {
            let decided = store.decide_follow_request(asked, request.id, decision, at(4));
            assert_eq!(decided.await.unwrap(), Decided::NotFound);
        }
        store.remove_block(pair.reversed(), at(5)).await.unwrap();
        let shown = Follow {
            status: FollowStatus::Pending,
            ..request
        };
        assert_eq!(store.find_follow(pair).await.unwrap(), Some(shown));
        assert_eq!(
            listed(backend, FollowList::RequestsReceived, asked).await,
            [shown]
        );
        let counts = store.count_follows(asked).await.unwrap();
        assert_eq!(counts.requests_received, 1);
        assert!(store.end_follow(&ending(pair, None)).await.unwrap());
        let counts = store.count_follows(asked).await.unwrap();
        assert_eq!(counts.requests_received, 0);
    }
}

pub async fn a_withheld_request_is_taken_back_and_counts_nowhere<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    store.add_block(pair.reversed(), at(1)).await.unwrap();
    follow(backend, &wish(pair, 2)).await;
    // Blocking again does not change the request. A block by the requesting user ends it.
    store.add_block(pair.reversed(), at(3)).await.unwrap();
    assert!(store.find_follow(pair).await.unwrap().is_some());
    assert!(store.end_follow(&ending(pair, None)).await.unwrap());
    assert!(!store.end_follow(&ending(pair, None)).await.unwrap());
    follow(backend, &wish(pair, 4)).await;
    store.add_block(pair, at(5)).await.unwrap();
    assert_eq!(store.find_follow(pair).await.unwrap(), None);
    store.remove_block(pair.reversed(), at(6)).await.unwrap();
    assert_eq!(store.find_follow(pair).await.unwrap(), None);
    let counts = store.count_follows(pair.other()).await.unwrap();
    assert_eq!(counts.requests_received, 0);
}

pub async fn an_exception_decides_whether_a_follow_needs_approval<B: Backend>(backend: &B) {
    let store = backend.store();
    for (is_private, exception, status) in [
        (true, Exception::Always, FollowStatus::Accepted),
        (false, Exception::Never, FollowStatus::Pending),
    ] {
        let pair = some_pair();
        set_privacy(backend, pair.other(), is_private).await;
        let exceptions = Exceptions::of([("follow_without_approval", exception)]);
        let set = store.set_exceptions(pair.reversed(), &exceptions, at(1));
        set.await.unwrap();
        let followed = follow(backend, &wish(pair, 2)).await;
        assert_eq!(followed.status, status);
        let bystander = Pair::new(some_id(), pair.other()).unwrap();
        let followed = follow(backend, &wish(bystander, 2)).await;
        assert_ne!(followed.status, status);
    }
}

async fn listed<B: Backend>(backend: &B, list: FollowList, owner: UserId) -> Vec<Follow> {
    let query = ListQuery {
        owner,
        behind: None,
        limit: 10,
    };
    backend.store().list_follows(list, &query).await.unwrap()
}

pub async fn nobody_follows_or_is_followed_once_erased<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    erase(store, pair.other(), at(1)).await;
    let followed = store.follow(&wish(pair, 2)).await.unwrap();
    assert_eq!(followed, Followed::Erased(Party::Other));
    let followed = store.follow(&wish(pair.reversed(), 2)).await.unwrap();
    assert_eq!(followed, Followed::Erased(Party::Actor));
    erase(store, pair.actor(), at(3)).await;
    let followed = store.follow(&wish(pair, 4)).await.unwrap();
    assert_eq!(followed, Followed::Erased(Party::Actor));
    assert_eq!(store.find_follow(pair).await.unwrap(), None);
}

pub async fn a_follow_is_ended_once_and_only_in_its_direction<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    assert!(!store.end_follow(&ending(pair, None)).await.unwrap());
    follow(backend, &wish(pair, 1)).await;
    let back = follow(backend, &wish(pair.reversed(), 1)).await;
    assert!(store.end_follow(&ending(pair, None)).await.unwrap());
    assert!(!store.end_follow(&ending(pair, None)).await.unwrap());
    assert_eq!(store.find_follow(pair).await.unwrap(), None);
    let found = store.find_follow(pair.reversed()).await.unwrap();
    assert_eq!(found, Some(back));
}

pub async fn only_what_has_the_given_status_is_ended<B: Backend>(backend: &B) {
    use FollowStatus::{Accepted, Pending};
    let store = backend.store();
    let (accepted, pending) = (some_pair(), some_pair());
    follow(backend, &wish(accepted, 1)).await;
    ask(backend, &wish(pending, 1)).await;
    assert!(
        !store
            .end_follow(&ending(accepted, Some(Pending)))
            .await
            .unwrap()
    );
    assert!(
        !store
            .end_follow(&ending(pending, Some(Accepted)))
            .await
            .unwrap()
    );
    assert!(
        store
            .end_follow(&ending(accepted, Some(Accepted)))
            .await
            .unwrap()
    );
    assert!(
        store
            .end_follow(&ending(pending, Some(Pending)))
            .await
            .unwrap()
    );
}

pub async fn of_many_who_follow_at_once_one_is_first<B: Backend>(backend: &B) {
    let pair = some_pair();
    let mut following = JoinSet::new();
    for seconds in 0..10 {
        let store = Arc::clone(backend.store());
        following.spawn(async move { store.follow(&wish(pair, seconds)).await.unwrap() });
    }
    let answers = following.join_all().await;
    let stands = backend.store().find_follow(pair).await.unwrap().unwrap();
    assert_eq!(answers, [Followed::Follow(stands); 10]);
}

pub async fn the_database_refuses_a_follow_that_the_domain_refuses<B: Backend>(backend: &B) {
    ask(backend, &wish(some_pair(), 1)).await;
    for assignment in [
        "follower_id = following_id",
        "following_id = follower_id",
        "status = 'asked'",
        "status = NULL",
        // It has no time of acceptance.
        "status = 'accepted'",
        // A pending request has no time of a decision.
        "decided_at = created_at",
        "created_at = NULL",
        "id = NULL",
    ] {
        let refusal = backend.execute(&format!("UPDATE follows SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
}
