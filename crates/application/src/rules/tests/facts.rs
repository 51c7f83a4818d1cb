//! What users do, and what decisions make of it at once.

use privet_domain::catalogue::{CoreAction, Family};
use privet_domain::rules::decisions::Reason;
use serde_json::json;

use super::{question, reason, with};
use crate::fakes::{Services, pair, user};

#[tokio::test]
async fn users_never_seen_have_the_defaults_and_no_row_is_made() {
    let services = Services::new();
    let asked = question(1, 2);
    assert_eq!(
        reason(&services, asked, CoreAction::ViewProfile).await,
        Reason::Everyone
    );
    assert_eq!(
        reason(&services, asked, CoreAction::ViewLastSeen).await,
        Reason::Everyone
    );
    assert_eq!(
        reason(&services, asked, CoreAction::ViewContent).await,
        Reason::PublicAccount
    );
    assert_eq!(
        services.store.rows_of(user(1)) + services.store.rows_of(user(2)),
        0
    );
}

#[tokio::test]
async fn it_is_the_subjects_settings_that_count() {
    let services = with(&json!({"show_last_seen": false})).await;
    let action = CoreAction::ViewLastSeen;
    assert_eq!(
        reason(&services, question(1, 2), action).await,
        Reason::SettingOff
    );
    assert_eq!(
        reason(&services, question(2, 1), action).await,
        Reason::Everyone
    );
}

#[tokio::test]
async fn oneself_is_allowed_whatever_one_chose() {
    let services = with(&json!({"show_last_seen": false, "who_can_see_profile": "nobody"})).await;
    for action in CoreAction::ALL {
        assert_eq!(
            reason(&services, question(2, 2), action).await,
            Reason::Oneself,
            "{action:?}"
        );
    }
}

#[tokio::test]
async fn who_is_blocked_is_refused_and_who_blocks_is_not() {
    let services = Services::new();
    services.relationships.add_block(pair(2, 1)).await.unwrap();
    for action in CoreAction::ALL {
        assert_eq!(
            reason(&services, question(1, 2), action).await,
            Reason::Blocked,
            "{action:?}"
        );
        assert_ne!(
            reason(&services, question(2, 1), action).await,
            Reason::Blocked,
            "{action:?}"
        );
    }
    services
        .relationships
        .remove_block(pair(2, 1))
        .await
        .unwrap();
    let decided = reason(&services, question(1, 2), CoreAction::ViewProfile).await;
    assert_eq!(decided, Reason::Everyone);
}

#[tokio::test]
async fn contacts_are_those_who_added_each_other() {
    let services = with(&json!({"who_can_see_profile": "contacts"})).await;
    let decide = || reason(&services, question(1, 2), CoreAction::ViewProfile);
    assert_eq!(decide().await, Reason::NotAContact);
    services
        .relationships
        .add_contact(pair(1, 2))
        .await
        .unwrap();
    assert_eq!(decide().await, Reason::NotAContact);
    services
        .relationships
        .add_contact(pair(2, 1))
        .await
        .unwrap();
    assert_eq!(decide().await, Reason::MutualContact);
    services
        .relationships
        .remove_contact(pair(1, 2))
        .await
        .unwrap();
    assert_eq!(decide().await, Reason::NotAContact);
}

#[tokio::test]
async fn a_private_account_is_open_to_accepted_followers_only() {
    let services = Services::new();
    services
        .change(user(2), Family::Account, &json!({"is_private": true}))
        .await
        .unwrap();
    let decide = || reason(&services, question(1, 2), CoreAction::ViewContent);
    assert_eq!(decide().await, Reason::PrivateAccount);
    let request = services.relationships.follow(pair(1, 2)).await.unwrap();
    assert_eq!(decide().await, Reason::PrivateAccount);
    let accept = crate::relationships::follows::FollowRequestDecision::Accept;
    let accepted = services
        .relationships
        .decide_follow_request(user(2), request.id, accept)
        .await;
    accepted.unwrap();
    assert_eq!(decide().await, Reason::AcceptedFollower);
    let back = reason(&services, question(2, 1), CoreAction::ViewContent).await;
    assert_eq!(back, Reason::PublicAccount);
    services
        .relationships
        .remove_follower(pair(2, 1))
        .await
        .unwrap();
    assert_eq!(decide().await, Reason::PrivateAccount);
}

#[tokio::test]
async fn whom_a_private_account_follows_is_no_follower_of_it() {
    let services = Services::new();
    let private = json!({"is_private": true});
    services
        .change(user(2), Family::Account, &private)
        .await
        .unwrap();
    services.relationships.follow(pair(2, 1)).await.unwrap();
    let decided = reason(&services, question(1, 2), CoreAction::ViewContent).await;
    assert_eq!(decided, Reason::PrivateAccount);
}

#[tokio::test]
async fn who_followed_before_the_account_was_private_still_is_a_follower() {
    let services = Services::new();
    services.relationships.follow(pair(1, 2)).await.unwrap();
    let private = json!({"is_private": true});
    services
        .change(user(2), Family::Account, &private)
        .await
        .unwrap();
    let decided = reason(&services, question(1, 2), CoreAction::ViewContent).await;
    assert_eq!(decided, Reason::AcceptedFollower);
}

#[tokio::test]
async fn a_lifted_block_leaves_settings_and_contacts_and_brings_no_follow_back() {
    let services = with(&json!({"who_can_see_profile": "contacts"})).await;
    let relationships = &services.relationships;
    let private = json!({"is_private": true});
    relationships.follow(pair(1, 2)).await.unwrap();
    services
        .change(user(2), Family::Account, &private)
        .await
        .unwrap();
    for both in [pair(1, 2), pair(2, 1)] {
        relationships.add_contact(both).await.unwrap();
    }
    relationships.add_block(pair(2, 1)).await.unwrap();
    relationships.remove_block(pair(2, 1)).await.unwrap();
    let decide = |action| reason(&services, question(1, 2), action);
    assert_eq!(decide(CoreAction::ViewProfile).await, Reason::MutualContact);
    assert_eq!(
        decide(CoreAction::ViewContent).await,
        Reason::PrivateAccount
    );
}

#[tokio::test]
async fn with_an_erased_user_nobody_may_do_anything_either_way() {
    let services = Services::new();
    services.accounts.erase_user(user(2)).await.unwrap();
    for action in CoreAction::ALL {
        for asked in [question(1, 2), question(2, 1)] {
            assert_eq!(
                reason(&services, asked, action).await,
                Reason::Erased,
                "{asked:?}"
            );
        }
    }
}

#[tokio::test]
async fn erased_comes_before_blocked_and_blocked_before_settings() {
    let services = with(&json!({"who_can_see_profile": "nobody"})).await;
    let decide = || reason(&services, question(1, 2), CoreAction::ViewProfile);
    assert_eq!(decide().await, Reason::Nobody);
    services.relationships.add_block(pair(2, 1)).await.unwrap();
    assert_eq!(decide().await, Reason::Blocked);
    services.accounts.erase_user(user(1)).await.unwrap();
    assert_eq!(decide().await, Reason::Erased);
}
