//! Following, and ending it.

use privet_domain::Pair;
use privet_domain::relationships::follows::FollowStatus;

use super::{ask, erase, error, follow, set_private};
use crate::fakes::{Services, at, pair, user};

#[test]
fn nobody_is_their_own_contact_follower_or_blocked_user() {
    assert!(Pair::new(user(1), user(1)).is_err());
}

#[tokio::test]
async fn a_public_account_is_followed_at_once() {
    let services = Services::new();
    // It is the other's account that counts.
    set_private(&services, 1, true).await;
    let made = follow(&services, 1, 2).await;
    assert_eq!((made.follower_id, made.following_id), (user(1), user(2)));
    assert_eq!(
        (made.status, made.created_at),
        (FollowStatus::Accepted, at(0))
    );
    let relationships = &services.relationships;
    assert_eq!(
        relationships.check_follow(pair(1, 2)).await.unwrap(),
        Some(made)
    );
    assert_eq!(relationships.check_follow(pair(2, 1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_private_account_is_asked_first() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    let found = services.relationships.check_follow(pair(1, 2)).await;
    assert_eq!(found.unwrap(), Some(request));
}

#[tokio::test]
async fn following_again_answers_what_stands() {
    let services = Services::new();
    let made = follow(&services, 1, 2).await;
    let request = ask(&services, 1, 3).await;
    services.clock.set(at(60));
    set_private(&services, 2, true).await;
    assert_eq!(follow(&services, 1, 2).await, made);
    assert_eq!(follow(&services, 1, 3).await, request);
}

#[tokio::test]
async fn a_request_stays_one_when_the_account_becomes_public_until_it_is_repeated() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    set_private(&services, 2, false).await;
    let found = services.relationships.check_follow(pair(1, 2)).await;
    assert_eq!(found.unwrap(), Some(request));
    assert_eq!(follow(&services, 1, 2).await, request.accepted_at(at(0)));
}

#[tokio::test]
async fn unfollowing_ends_a_follow_or_a_request_once_and_in_its_direction_only() {
    let services = Services::new();
    let relationships = &services.relationships;
    follow(&services, 1, 2).await;
    ask(&services, 1, 3).await;
    for other in [2, 3] {
        assert_eq!(
            error(relationships.unfollow(pair(other, 1)).await),
            "not found"
        );
        relationships.unfollow(pair(1, other)).await.unwrap();
        assert_eq!(
            error(relationships.unfollow(pair(1, other)).await),
            "not found"
        );
        assert_eq!(
            relationships.check_follow(pair(1, other)).await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn a_follower_is_removed_by_the_one_who_is_followed() {
    let services = Services::new();
    let relationships = &services.relationships;
    follow(&services, 1, 2).await;
    assert_eq!(
        error(relationships.remove_follower(pair(1, 2)).await),
        "not found"
    );
    relationships.remove_follower(pair(2, 1)).await.unwrap();
    assert_eq!(relationships.check_follow(pair(1, 2)).await.unwrap(), None);
}

#[tokio::test]
async fn who_has_only_asked_is_no_follower_to_remove() {
    let services = Services::new();
    let request = ask(&services, 1, 2).await;
    let relationships = &services.relationships;
    assert_eq!(
        error(relationships.remove_follower(pair(2, 1)).await),
        "not found"
    );
    assert_eq!(
        relationships.check_follow(pair(1, 2)).await.unwrap(),
        Some(request)
    );
}

#[tokio::test]
async fn an_erased_user_is_not_followed_and_follows_nobody() {
    let services = Services::new();
    let relationships = &services.relationships;
    follow(&services, 1, 2).await;
    erase(&services, 2).await;
    assert_eq!(
        error(relationships.check_follow(pair(1, 2)).await),
        "not found"
    );
    assert_eq!(error(relationships.follow(pair(1, 2)).await), "not found");
    assert_eq!(error(relationships.unfollow(pair(1, 2)).await), "not found");
    assert_eq!(
        error(relationships.follow(pair(2, 1)).await),
        "caller erased"
    );
}
