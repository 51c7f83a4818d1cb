//! Changes that are made on a condition.

use privet_domain::catalogue::Family;
use serde_json::{Value, json};

use crate::ChangeError;
use crate::fakes::{FakeCounters, Services, at, caller, user};
use crate::settings::precondition::{Precondition, VersionTags};

/// The tag of what the user is shown of their account's privacy.
async fn tag(services: &Services) -> String {
    let loaded = services.settings.load(user(1)).await.unwrap();
    loaded.user().tag(&services.catalogue, Family::Account)
}

fn only_if(tag: &str) -> Precondition {
    Precondition {
        is_one_of: Some(VersionTags::OneOf(vec![tag.to_owned()])),
        is_none_of: None,
    }
}

fn only_unless(versions: VersionTags) -> Precondition {
    Precondition {
        is_one_of: None,
        is_none_of: Some(versions),
    }
}

/// Whether the change was made, or would have been if it had not stood already.
async fn is_allowed(services: &Services, precondition: Precondition, wanted: &Value) -> bool {
    match services
        .change_if(user(1), precondition, Family::Account, wanted)
        .await
    {
        Ok(_) => true,
        Err(ChangeError::PreconditionFailed) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_change_is_made_where_its_condition_holds() {
    let services = Services::new();
    let before = tag(&services).await;
    let wanted = json!({"is_private": true});
    assert!(is_allowed(&services, only_if(&before), &wanted).await);
    let after = tag(&services).await;
    assert_ne!(before, after);
    let other = VersionTags::OneOf(vec![before]);
    assert!(is_allowed(&services, only_unless(other), &json!({"is_private": false})).await);
}

#[tokio::test]
async fn a_change_is_refused_where_its_condition_does_not_hold_also_if_it_stands_already() {
    let services = Services::new();
    let present = tag(&services).await;
    for wanted in [json!({"is_private": true}), json!({"is_private": false})] {
        for precondition in [
            only_if("another"),
            only_unless(VersionTags::OneOf(vec![present.clone()])),
            only_unless(VersionTags::Any),
        ] {
            assert!(!is_allowed(&services, precondition, &wanted).await);
        }
    }
    assert_eq!(tag(&services).await, present);
    assert!(services.store.settings_events().is_empty());
}

#[tokio::test]
async fn a_condition_is_about_the_family_that_changes_and_no_other() {
    let services = Services::new();
    let before = tag(&services).await;
    let other = json!({"allow_email_contact": false});
    services
        .change(user(1), Family::Email, &other)
        .await
        .unwrap();
    assert!(is_allowed(&services, only_if(&before), &json!({"is_private": true})).await);
}

#[tokio::test]
async fn a_condition_is_held_against_the_row_as_stored_and_not_as_cached() {
    let services = Services::with_cache();
    let loaded = services.settings.load(user(1)).await.unwrap();
    let before = loaded.user().tag(&services.catalogue, Family::Account);
    // Another process, which shares no cache with this one.
    let elsewhere = Services::over(services.store.clone(), false);
    let row = elsewhere
        .change(user(1), Family::Account, &json!({"is_private": true}))
        .await;
    let after = row.unwrap().tag(&services.catalogue, Family::Account);
    let wanted = json!({"is_private": false});
    let update = services.update(Family::Account, &wanted);
    let (caller, catalogue) = (caller(user(1)), &services.catalogue);
    let change = |precondition| {
        services
            .settings
            .change(&caller, &loaded, precondition, catalogue, update.clone())
    };
    let refused = change(only_if(&before)).await;
    assert!(
        matches!(refused, Err(ChangeError::PreconditionFailed)),
        "{refused:?}"
    );
    let row = change(only_if(&after)).await.unwrap();
    assert_eq!(row.choices.get("account.is_private"), Some(&json!(false)));
}

#[tokio::test]
async fn of_two_changes_with_one_condition_the_second_is_refused() {
    let counters = FakeCounters::default();
    let _installed = counters.install();
    let services = Services::new();
    let present = tag(&services).await;
    let wanted = json!({"is_private": true});
    let (update, catalogue) = (
        services.update(Family::Account, &wanted),
        services.catalogue.clone(),
    );
    services
        .store
        .change_before_next(move |row| row.change(&catalogue, &update, at(1)).unwrap().0);
    assert!(!is_allowed(&services, only_if(&present), &wanted).await);
    assert!(services.store.settings_events().is_empty());
    let counted = counters.read("privet_settings_changes_total");
    assert_eq!(counted, [("account precondition_failed".to_owned(), 1)]);
}
