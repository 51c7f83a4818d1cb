//! What a change stores and records, also where another one comes first.

use futures_util::future::poll_immediate;
use privet_domain::catalogue::Family;
use privet_domain::catalogue::preferences::PreferencesUpdate;
use privet_domain::settings::{revision::Revision, user::User};
use serde_json::{Value, json};

use crate::fakes::{FakeCounters, Services, at, caller, user};
use crate::settings::precondition::Precondition;
use crate::user_events::UserEventKind;
use crate::{ChangeError, StoreError};

/// The setting, the old value and the new one of every entry, in order.
fn recorded(services: &Services) -> Vec<(String, Value, Value)> {
    let entries = services.store.entries().into_iter();
    let recorded = entries.map(|entry| {
        let change = entry.change;
        (change.setting, change.old_value, change.new_value)
    });
    recorded.collect()
}

fn entry(setting: &str, old: Value, new: Value) -> (String, Value, Value) {
    (setting.to_owned(), old, new)
}

#[tokio::test]
async fn one_update_changes_several_settings_and_leaves_an_entry_for_each() {
    let services = Services::new();
    let wanted = json!({"show_last_seen": false, "disappearing_messages_default": 86_400});
    let row = services
        .change(user(1), Family::Messaging, &wanted)
        .await
        .unwrap();
    assert_eq!(row.revision, Revision::new(2).unwrap());
    assert_eq!(row.choices.to_stored().len(), 2);
    assert_eq!(
        recorded(&services),
        [
            entry("messaging.show_last_seen", json!(true), json!(false)),
            entry(
                "messaging.disappearing_messages_default",
                json!(null),
                json!(86_400)
            ),
        ]
    );
    assert_eq!(services.store.settings_events().len(), 1);
}

#[tokio::test]
async fn a_record_says_who_changed_what_when_and_by_which_request() {
    let services = Services::new();
    services.clock.set(at(30));
    services
        .change(user(1), Family::Account, &json!({"is_private": true}))
        .await
        .unwrap();
    let events = services.store.settings_events();
    let [event] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((event.user_id, event.actor_id), (user(1), user(1)));
    assert_eq!(event.occurred_at, at(30));
    assert_eq!(event.request_id, Some(caller(user(1)).request_id));
    let UserEventKind::Settings { families, entries } = &event.kind else {
        panic!("{event:?}");
    };
    assert_eq!(families, &[Family::Account]);
    let [entry] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!((entry.user_id, entry.actor_id), (user(1), user(1)));
    assert_eq!(
        (entry.occurred_at, entry.request_id.as_str()),
        (at(30), "a-request")
    );
}

#[tokio::test]
async fn setting_what_stands_stores_and_records_nothing() {
    let services = Services::new();
    let wanted = json!({"allow_email_contact": false});
    let first = services
        .change(user(1), Family::Email, &wanted)
        .await
        .unwrap();
    services.clock.set(at(60));
    let second = services
        .change(user(1), Family::Email, &wanted)
        .await
        .unwrap();
    assert_eq!(first, second);
    assert_eq!(services.store.settings_events().len(), 1);
}

#[tokio::test]
async fn choosing_the_value_of_a_default_is_stored_and_records_no_entry() {
    let services = Services::new();
    let wanted = json!({"theme.mode": "system"});
    let row = services
        .change(user(1), Family::Preferences, &wanted)
        .await
        .unwrap();
    assert_eq!(row.preferences.get("theme.mode"), Some(&json!("system")));
    assert_eq!(recorded(&services), []);
    let events = services.store.settings_events();
    let kinds: Vec<_> = events.into_iter().map(|event| event.kind).collect();
    let unseen = UserEventKind::Settings {
        families: vec![],
        entries: vec![],
    };
    assert_eq!(kinds, [unseen]);
}

#[tokio::test]
async fn a_reset_puts_defaults_back_and_records_them() {
    let services = Services::new();
    let chosen = json!({"theme.mode": "dark", "locale.language": "de"});
    services
        .change(user(1), Family::Preferences, &chosen)
        .await
        .unwrap();
    let loaded = services.settings.load(user(1)).await.unwrap();
    for _ in 0..2 {
        let reset = PreferencesUpdate::reset_all().into();
        let (caller, catalogue) = (caller(user(1)), &services.catalogue);
        let change =
            services
                .settings
                .change(&caller, &loaded, Precondition::NONE, catalogue, reset);
        assert!(change.await.unwrap().preferences.is_empty());
    }
    let back: Vec<_> = recorded(&services).into_iter().skip(2).collect();
    assert_eq!(
        back,
        [
            entry("preferences.theme.mode", json!("dark"), json!("system")),
            entry("preferences.locale.language", json!("de"), json!("en")),
        ]
    );
}

#[tokio::test]
async fn settings_of_one_user_change_nothing_of_another() {
    let services = Services::new();
    let before = services.settings.load(user(2)).await.unwrap();
    services
        .change(user(1), Family::Account, &json!({"is_private": true}))
        .await
        .unwrap();
    let after = services.settings.load(user(2)).await.unwrap();
    assert_eq!(before.user(), after.user());
}

/// What somebody else does to the row at the same time.
fn other_change(
    services: &Services,
    family: Family,
    wanted: &Value,
) -> impl FnOnce(&User) -> User + use<> {
    let (update, catalogue) = (services.update(family, wanted), services.catalogue.clone());
    move |row| row.change(&catalogue, &update, at(1)).unwrap().0
}

#[tokio::test]
async fn of_two_changes_at_once_neither_is_lost() {
    let services = Services::new();
    let other = other_change(
        &services,
        Family::Email,
        &json!({"allow_email_contact": false}),
    );
    services.store.change_before_next(other);
    let wanted = json!({"is_private": true});
    let row = services
        .change(user(1), Family::Account, &wanted)
        .await
        .unwrap();
    assert_eq!(
        row.choices.get("email.allow_email_contact"),
        Some(&json!(false))
    );
    assert_eq!(row.choices.get("account.is_private"), Some(&json!(true)));
    assert_eq!(row.revision, Revision::new(3).unwrap());
}

#[tokio::test]
async fn a_change_that_another_one_made_already_is_not_recorded_twice() {
    let services = Services::new();
    let wanted = json!({"is_private": true});
    let other = other_change(&services, Family::Account, &wanted);
    services.store.change_before_next(other);
    let row = services
        .change(user(1), Family::Account, &wanted)
        .await
        .unwrap();
    assert_eq!(row.revision, Revision::new(2).unwrap());
    assert_eq!(recorded(&services), []);
}

#[tokio::test]
async fn a_change_is_made_however_often_others_come_first() {
    let services = Services::new();
    let counters = FakeCounters::default();
    let _installed = counters.install();
    let services = Services::over(services.store, false);
    for number in 0..50 {
        let allowed = json!({"allow_email_contact": number % 2 == 1});
        let other = other_change(&services, Family::Email, &allowed);
        services.store.change_before_next(other);
    }
    let wanted = json!({"is_private": true});
    let row = services
        .change(user(1), Family::Account, &wanted)
        .await
        .unwrap();
    assert_eq!(row.revision, Revision::new(52).unwrap());
    let changed = entry("account.is_private", json!(false), json!(true));
    assert_eq!(recorded(&services), [changed]);
    let conflicts = counters.read("privet_settings_conflicts_total");
    assert_eq!(conflicts, [(String::new(), 50)]);
}

#[tokio::test]
async fn an_erased_user_changes_nothing() {
    let services = Services::new();
    let loaded = services.settings.load(user(1)).await.unwrap();
    services.accounts.erase_user(user(1)).await.unwrap();
    let update = services.update(Family::Account, &json!({"is_private": true}));
    let (caller, catalogue) = (caller(user(1)), &services.catalogue);
    let change = services
        .settings
        .change(&caller, &loaded, Precondition::NONE, catalogue, update);
    assert!(matches!(change.await, Err(ChangeError::Erased)));
    assert_eq!(services.store.rows_of(user(1)), 0);
}

#[tokio::test]
async fn a_store_that_goes_away_makes_a_change_an_error() {
    let services = Services::new();
    let loaded = services.settings.load(user(1)).await.unwrap();
    services.store.go_away();
    let update = services.update(Family::Account, &json!({"is_private": true}));
    let (caller, catalogue) = (caller(user(1)), &services.catalogue);
    let change = services
        .settings
        .change(&caller, &loaded, Precondition::NONE, catalogue, update);
    assert!(matches!(
        change.await,
        Err(ChangeError::Store(StoreError::Unavailable(_)))
    ));
    assert_eq!(recorded(&services), []);
}

#[tokio::test]
async fn a_change_is_finished_though_its_caller_goes_away() {
    let services = Services::with_cache();
    let loaded = services.settings.load(user(1)).await.unwrap();
    let update = services.update(Family::Account, &json!({"is_private": true}));
    let (caller, catalogue) = (caller(user(1)), &services.catalogue);
    let change = services
        .settings
        .change(&caller, &loaded, Precondition::NONE, catalogue, update);
    assert!(poll_immediate(change).await.is_none());
    while services.cache.notes().last() != Some(&"left a row") {
        tokio::task::yield_now().await;
    }
    assert_eq!(recorded(&services).len(), 1);
}

#[tokio::test]
async fn changes_are_counted_by_family_and_outcome() {
    let counters = FakeCounters::default();
    let _installed = counters.install();
    let services = Services::new();
    for (family, wanted) in [
        (Family::Account, json!({"is_private": true})),
        (Family::Email, json!({"allow_email_contact": false})),
        (
            Family::Messaging,
            json!({"show_last_seen": false, "show_typing_indicator": false}),
        ),
        (Family::Preferences, json!({"theme.mode": "dark"})),
    ] {
        services.change(user(1), family, &wanted).await.unwrap();
        services.change(user(1), family, &wanted).await.unwrap();
    }
    let counted = Family::ALL.into_iter().flat_map(|family| {
        ["stored", "unchanged"].map(|outcome| (format!("{} {outcome}", family.as_str()), 1))
    });
    let counted: Vec<_> = counted.collect();
    assert_eq!(counters.read("privet_settings_changes_total"), counted);
    assert_eq!(
        counters.read("privet_audit_entries_total"),
        [(String::new(), 5)]
    );
}
