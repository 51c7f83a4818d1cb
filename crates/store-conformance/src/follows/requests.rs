//! Decisions about requests to follow, and their end.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::relationships::follows::{Decided, FollowRequestDecision, FollowStore};
use privet_domain::Pair;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{ask, ending, follow, set_privacy, wish};
use crate::Backend;
use crate::samples::{at, some_id, some_pair};

async fn decide<B: Backend>(
    backend: &B,
    request: &Follow,
    decision: FollowRequestDecision,
) -> Decided {
    let asked = request.following_id;
    let decided = backend
        .store()
        .decide_follow_request(asked, request.id, decision, at(9));
    decided.await.unwrap()
}

async fn found<B: Backend>(backend: &B, follow: &Follow) -> Option<Follow> {
    let pair = Pair::new(follow.follower_id, follow.following_id).unwrap();
    backend.store().find_follow(pair).await.unwrap()
}

/// The request after [`decide`] has accepted it.
fn accepted(request: &Follow) -> Follow {
    request.accepted_at(at(9))
}

pub async fn an_accepted_request_is_a_follow_and_cannot_be_decided_again<B: Backend>(backend: &B) {
    let request = ask(backend, &wish(some_pair(), 1)).await;
    let decided = decide(backend, &request, FollowRequestDecision::Accept).await;
    assert_eq!(decided, Decided::Done(accepted(&request)));
    assert_eq!(found(backend, &request).await, Some(accepted(&request)));
    for decision in [
        FollowRequestDecision::Accept,
        FollowRequestDecision::Decline,
    ] {
        let decided = decide(backend, &request, decision).await;
        assert_eq!(decided, Decided::AlreadyAccepted);
    }
    assert_eq!(found(backend, &request).await, Some(accepted(&request)));
}

pub async fn a_declined_request_is_gone_and_may_be_made_again<B: Backend>(backend: &B) {
    let pair = some_pair();
    let request = ask(backend, &wish(pair, 1)).await;
    let decided = decide(backend, &request, FollowRequestDecision::Decline).await;
    assert_eq!(decided, Decided::Done(request));
    assert_eq!(found(backend, &request).await, None);
    for decision in [
        FollowRequestDecision::Accept,
        FollowRequestDecision::Decline,
    ] {
        assert_eq!(decide(backend, &request, decision).await, Decided::NotFound);
    }
    let again = ask(backend, &wish(pair, 2)).await;
    // A decision with the old id does not concern the new request.
    let decided = decide(backend, &request, FollowRequestDecision::Accept).await;
    assert_eq!(decided, Decided::NotFound);
    assert_eq!(found(backend, &again).await, Some(again));
}

pub async fn only_the_one_who_was_asked_decides<B: Backend>(backend: &B) {
    let request = ask(backend, &wish(some_pair(), 1)).await;
    for somebody in [request.follower_id, some_id()] {
        for decision in [
            FollowRequestDecision::Accept,
            FollowRequestDecision::Decline,
        ] {
            let decided =
                backend
                    .store()
                    .decide_follow_request(somebody, request.id, decision, at(2));
            assert_eq!(decided.await.unwrap(), Decided::NotFound);
        }
    }
    let unknown = Follow {
        id: Uuid::new_v4(),
        ..request
    };
    let decided = decide(backend, &unknown, FollowRequestDecision::Accept).await;
    assert_eq!(decided, Decided::NotFound);
    assert_eq!(found(backend, &request).await, Some(request));
}

pub async fn a_request_can_be_accepted_whatever_the_account_is_by_then<B: Backend>(backend: &B) {
    let request = ask(backend, &wish(some_pair(), 1)).await;
    set_privacy(backend, request.following_id, false).await;
    let decided = decide(backend, &request, FollowRequestDecision::Accept).await;
    assert_eq!(decided, Decided::Done(accepted(&request)));
}

pub async fn of_many_who_decide_at_once_one_does<B: Backend>(backend: &B) {
    for _ in 0..15 {
        let request = ask(backend, &wish(some_pair(), 1)).await;
        let mut deciding = JoinSet::new();
        for decision in [
            FollowRequestDecision::Accept,
            FollowRequestDecision::Decline,
        ]
        .repeat(4)
        {
            let store = Arc::clone(backend.store());
            deciding.spawn(async move {
                let asked = request.following_id;
                let decided = store.decide_follow_request(asked, request.id, decision, at(2));
                decided.await.unwrap()
            });
        }
        let answers = deciding.join_all().await;
        let (done, others): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|decided| matches!(decided, Decided::Done(_)));
        let stands = found(backend, &request).await;
        let (first, rest) = match stands {
            Some(follow) => (Decided::Done(follow), Decided::AlreadyAccepted),
            None => (Decided::Done(request), Decided::NotFound),
        };
        assert_eq!(done, [first]);
        assert_eq!(others, [rest; 7]);
    }
}

/// The request is withdrawn and accepted at the same time. The results must be consistent with one order.
pub async fn a_request_that_is_withdrawn_and_decided_at_once_ends_one_way<B: Backend>(backend: &B) {
    for _ in 0..20 {
        let pair = some_pair();
        let request = ask(backend, &wish(pair, 1)).await;
        let (one, other) = (Arc::clone(backend.store()), Arc::clone(backend.store()));
        let (decided, ended) = tokio::join!(
            tokio::spawn(async move {
                let asked = request.following_id;
                let decided = one.decide_follow_request(
                    asked,
                    request.id,
                    FollowRequestDecision::Accept,
                    at(9),
                );
                decided.await.unwrap()
            }),
            tokio::spawn(async move {
                let withdrawal = ending(pair, Some(FollowStatus::Pending));
                let ended = other.end_follow(&withdrawal);
                ended.await.unwrap()
            }),
        );
        let (decided, ended) = (decided.unwrap(), ended.unwrap());
        let stands = found(backend, &request).await;
        if ended {
            assert_eq!((decided, stands), (Decided::NotFound, None));
        } else {
            assert_eq!(decided, Decided::Done(accepted(&request)));
            assert_eq!(stands, Some(accepted(&request)));
        }
    }
}

pub async fn a_wish_repeated_while_the_request_is_decided_answers_what_stands<B: Backend>(
    backend: &B,
) {
    for _ in 0..20 {
        let pair = some_pair();
        let request = ask(backend, &wish(pair, 1)).await;
        // From now on a repeated request accepts the existing one, or creates a new follow.
        set_privacy(backend, pair.other(), false).await;
        let store = Arc::clone(backend.store());
        let declining = tokio::spawn(async move {
            let asked = request.following_id;
            let decided = store.decide_follow_request(
                asked,
                request.id,
                FollowRequestDecision::Decline,
                at(2),
            );
            decided.await.unwrap()
        });
        let stands = follow(backend, &wish(pair, 3)).await;
        assert_eq!(stands.status, FollowStatus::Accepted);
        match declining.await.unwrap() {
            Decided::Done(_) => assert_ne!(stands.id, request.id),
            Decided::AlreadyAccepted => assert_eq!(stands, request.accepted_at(at(3))),
            Decided::NotFound => panic!("the request was not withdrawn"),
        }
    }
}
