//! What services are told to show.

use privet_domain::UserId;
use privet_domain::rules::enforcement::{EnforcedProfile, Profile, ReceiptStatus, Visibility};
use serde_json::json;
use serde_json::value::to_raw_value;

use super::{SUBJECT, with};
use crate::fakes::{Services, pair, user};
use crate::rules::enforcement::{GroupAdditions, Receipt};

/// The profile of that user.
fn profile(number: u128) -> (UserId, Profile) {
    let member = |name: &str| {
        (
            name.to_owned(),
            to_raw_value(&json!("what it holds")).unwrap(),
        )
    };
    let members = ["username", "bio", "is_online", "last_seen"].map(member);
    (user(number), Profile::of(user(number), members.to_vec()))
}

fn members(enforced: &EnforcedProfile) -> Vec<&str> {
    enforced.profile.members().map(|(name, _)| name).collect()
}

#[tokio::test]
async fn profiles_are_cut_each_by_its_owners_settings_in_order() {
    let services = with(&json!({"who_can_see_profile": "nobody"})).await;
    let profiles = [2, 3, 1, 2].map(profile).to_vec();
    let enforced = services
        .rules
        .enforce_profiles(user(1), profiles)
        .await
        .unwrap();
    let seen: Vec<_> = enforced.iter().map(|it| it.visibility).collect();
    let (limited, full) = (Visibility::Limited, Visibility::Full);
    assert_eq!(seen, [limited, full, full, limited]);
    let whole = ["username", "bio", "is_online", "last_seen", "user_id"];
    assert_eq!(members(&enforced[1]), whole);
    assert!(!members(&enforced[0]).contains(&"bio"), "{:?}", enforced[0]);
    assert_eq!(services.store.inquiries().len(), 1);
}

#[tokio::test]
async fn a_profile_for_contacts_is_whole_for_contacts() {
    let services = with(&json!({"who_can_see_profile": "contacts"})).await;
    services
        .relationships
        .add_contact(pair(1, 2))
        .await
        .unwrap();
    services
        .relationships
        .add_contact(pair(2, 1))
        .await
        .unwrap();
    for (viewer, expected) in [(1, Visibility::Full), (3, Visibility::Limited)] {
        let enforced = services
            .rules
            .enforce_profiles(user(viewer), vec![profile(2)])
            .await;
        assert_eq!(enforced.unwrap()[0].visibility, expected);
    }
}

#[tokio::test]
async fn a_blocked_viewer_sees_a_cut_profile() {
    let services = Services::new();
    services.relationships.add_block(pair(2, 1)).await.unwrap();
    let enforced = services
        .rules
        .enforce_profiles(user(1), vec![profile(2)])
        .await;
    assert_eq!(enforced.unwrap()[0].visibility, Visibility::Limited);
}

#[tokio::test]
async fn receipts_are_cut_each_by_its_recipients_settings_in_order() {
    let services = with(&json!({"show_read_receipts": false})).await;
    let receipt = |number, status| Receipt {
        recipient: user(number),
        status,
    };
    let receipts = [
        receipt(2, ReceiptStatus::Read),
        receipt(3, ReceiptStatus::Read),
        receipt(2, ReceiptStatus::Sent),
    ];
    let enforced = services
        .rules
        .enforce_receipts(user(1), &receipts)
        .await
        .unwrap();
    let expected = [
        (ReceiptStatus::Delivered, false),
        (ReceiptStatus::Read, true),
        (ReceiptStatus::Sent, false),
    ];
    assert_eq!(enforced, expected);
}

#[tokio::test]
async fn who_may_be_told_of_typing_is_told_in_order() {
    let services = Services::new();
    services.relationships.add_block(pair(2, 4)).await.unwrap();
    let recipients = [5, 4, 3].map(user).to_vec();
    let told = services
        .rules
        .enforce_typing(SUBJECT, recipients)
        .await
        .unwrap();
    assert_eq!(told, [5, 3].map(user));
}

#[tokio::test]
async fn nobody_is_told_of_the_typing_of_who_hides_it() {
    let services = with(&json!({"show_typing_indicator": false})).await;
    let told = services
        .rules
        .enforce_typing(SUBJECT, vec![user(1), user(3)])
        .await
        .unwrap();
    assert_eq!(told, []);
}

#[tokio::test]
async fn an_administrator_adds_whom_others_may_not() {
    let services = with(&json!({"who_can_add_to_groups": "nobody"})).await;
    services.relationships.add_block(pair(4, 1)).await.unwrap();
    for (is_admin, allowed, refused) in [(false, vec![3], vec![2, 4]), (true, vec![2, 3], vec![4])]
    {
        let invitees = [2, 3, 4].map(user).to_vec();
        let additions = services
            .rules
            .enforce_group_additions(user(1), is_admin, invitees)
            .await;
        let users = |numbers: Vec<u128>| numbers.into_iter().map(user).collect();
        let expected = GroupAdditions {
            allowed: users(allowed),
            refused: users(refused),
        };
        assert_eq!(additions.unwrap(), expected);
    }
}

#[tokio::test]
async fn messages_disappear_when_their_sender_said() {
    let services = with(&json!({"disappearing_messages_default": 86_400})).await;
    let senders = [SUBJECT, user(3)];
    let expiries = services
        .rules
        .enforce_message_expiry(&senders)
        .await
        .unwrap();
    assert_eq!(expiries, [json!(86_400), json!(null)]);
}

#[tokio::test]
async fn nothing_is_asked_about_nobody() {
    let services = Services::new();
    let rules = &services.rules;
    assert!(
        rules
            .enforce_profiles(user(1), vec![])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(rules.enforce_receipts(user(1), &[]).await.unwrap(), []);
    assert_eq!(rules.enforce_typing(user(1), vec![]).await.unwrap(), []);
    let additions = rules
        .enforce_group_additions(user(1), false, vec![])
        .await
        .unwrap();
    assert_eq!(additions, GroupAdditions::default());
    assert_eq!(
        rules.enforce_message_expiry(&[]).await.unwrap(),
        [json!(null); 0]
    );
    assert!(services.store.inquiries().is_empty());
}
