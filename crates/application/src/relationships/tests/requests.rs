//! Requests to follow, and how they are decided.

use privet_domain::relationships::follows::{Follow, FollowStatus};
use uuid::Uuid;

use super::{ask, erase, error, follow, set_private};
use crate::fakes::{Services, at, pair, user};
use crate::relationships::RelationshipError;
use crate::relationships::follows::FollowRequestDecision;

async fn decide(
    services: &Services,
    asked: u128,
    id: Uuid,
    decision: FollowRequestDecision,
) -> Result<Follow, RelationshipError> {
    let asked = user(asked);
    services
        .relationships
        .decide_follow_request(asked, id, decision)
        .await
}

#[tokio::test]
async fn an_accepted_request_is_a_follow() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    services.clock.set(at(60));
    let accepted = decide(&services, 2, request.id, FollowRequestDecision::Accept)
        .await
        .unwrap();
    assert_eq!(accepted, request.accepted_at(at(60)));
    let found = services.relationships.check_follow(pair(1, 2)).await;
    assert_eq!(found.unwrap(), Some(accepted));
}

#[tokio::test]
async fn an_accepted_request_cannot_be_decided_again() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    decide(&services, 2, request.id, FollowRequestDecision::Accept)
        .await
        .unwrap();
    for decision in [
        FollowRequestDecision::Accept,
        FollowRequestDecision::Decline,
    ] {
        let again = decide(&services, 2, request.id, decision).await;
        assert_eq!(error(again), "already accepted");
    }
}

#[tokio::test]
async fn a_declined_request_is_gone_and_may_be_made_again() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    let declined = decide(&services, 2, request.id, FollowRequestDecision::Decline)
        .await
        .unwrap();
    assert_eq!(declined, request);
    for decision in [
        FollowRequestDecision::Accept,
        FollowRequestDecision::Decline,
    ] {
        let again = decide(&services, 2, request.id, decision).await;
        assert_eq!(error(again), "not found");
    }
    let another = ask(&services, 1, 2).await;
    assert_ne!(another.id, request.id);
}

#[tokio::test]
async fn only_the_one_who_was_asked_decides() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    for (somebody, id) in [(1, request.id), (3, request.id), (2, Uuid::from_u128(99))] {
        for decision in [
            FollowRequestDecision::Accept,
            FollowRequestDecision::Decline,
        ] {
            let decided = decide(&services, somebody, id, decision).await;
            assert_eq!(error(decided), "not found");
        }
    }
    let found = services.relationships.check_follow(pair(1, 2)).await;
    assert_eq!(found.unwrap(), Some(request));
}

#[tokio::test]
async fn what_stands_is_accepted_whatever_the_account_is_by_then() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    set_private(&services, 2, false).await;
    decide(&services, 2, request.id, FollowRequestDecision::Accept)
        .await
        .unwrap();
}

#[tokio::test]
async fn changing_an_accounts_privacy_leaves_followers_and_requests_as_they_are() {
    let services = Services::new();
    let follower = follow(&services, 1, 2).await;
    let request = ask(&services, 3, 2).await;
    set_private(&services, 2, false).await;
    let relationships = &services.relationships;
    for (pair, expected) in [(pair(1, 2), follower), (pair(3, 2), request)] {
        assert_eq!(
            relationships.check_follow(pair).await.unwrap(),
            Some(expected)
        );
    }
    assert_eq!(request.status, FollowStatus::Pending);
}

#[tokio::test]
async fn a_request_that_was_withdrawn_cannot_be_decided() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    services.relationships.unfollow(pair(1, 2)).await.unwrap();
    let decided = decide(&services, 2, request.id, FollowRequestDecision::Accept).await;
    assert_eq!(error(decided), "not found");
}

#[tokio::test]
async fn a_request_of_an_erased_user_cannot_be_decided() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    erase(&services, 1).await;
    let decided = decide(&services, 2, request.id, FollowRequestDecision::Accept).await;
    assert_eq!(error(decided), "not found");
}
