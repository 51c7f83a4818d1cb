//! What every [`SettingsStore`] must keep as it was given, and what its database must refuse.

#![expect(missing_docs, reason = "a behaviour's name says what it is")]

use privet_application::settings::SettingsStore;
use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::audience::Audience;
use privet_domain::messaging_privacy::{DisappearingAfter, MessagingPrivacy};
use privet_domain::preferences::ChosenPreferences;
use privet_domain::user::User;
use privet_domain::{AccountId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{NO_EMAIL, here, make, set};
use crate::Backend;
use crate::samples::{preferences, somebody};

pub async fn every_value_of_every_setting_round_trips<B: Backend>(backend: &B) {
    let mut user = make(backend).await;
    user = set(backend, &user, AccountPrivacy { is_private: true }).await;
    user = set(backend, &user, NO_EMAIL).await;
    // One at a time, so that no two columns can be mistaken for each other.
    let switches: [fn(&mut MessagingPrivacy); 3] = [
        |privacy| privacy.show_read_receipts = false,
        |privacy| privacy.show_last_seen = false,
        |privacy| privacy.show_typing_indicator = false,
    ];
    for switch in switches {
        let mut privacy = MessagingPrivacy::default();
        switch(&mut privacy);
        user = set(backend, &user, privacy).await;
    }
    for who_can_see_profile in Audience::ALL {
        for who_can_add_to_groups in Audience::ALL {
            let privacy = MessagingPrivacy {
                who_can_see_profile,
                who_can_add_to_groups,
                ..MessagingPrivacy::default()
            };
            user = set(backend, &user, privacy).await;
        }
    }
    for seconds in DisappearingAfter::CHOICES {
        let privacy = MessagingPrivacy {
            disappearing_messages_default: DisappearingAfter::from_seconds(seconds.into()),
            ..MessagingPrivacy::default()
        };
        user = set(backend, &user, privacy).await;
    }
    set(backend, &user, MessagingPrivacy::default()).await;
}

pub async fn every_family_keeps_its_own_revision_and_time<B: Backend>(backend: &B) {
    let mut user = make(backend).await;
    // Each change gives its family a revision and a time that no other has.
    user = set(backend, &user, AccountPrivacy { is_private: true }).await;
    user = set(backend, &user, NO_EMAIL).await;
    user = set(backend, &user, MessagingPrivacy::default()).await;
    set(backend, &user, preferences([("theme.mode", json!("dark"))])).await;
}

pub async fn times_round_trip_to_the_microsecond<B: Backend>(backend: &B) {
    for micros in [
        -2_208_988_799_999_999,  // 1900-01-01T00:00:00.000001Z
        -1,                      // 1969-12-31T23:59:59.999999Z
        0,                       // 1970-01-01T00:00:00Z
        946_684_799_999_999,     // 1999-12-31T23:59:59.999999Z
        1_769_855_445_123_456,   // 2026-01-31T10:30:45.123456Z
        253_402_300_799_999_999, // 9999-12-31T23:59:59.999999Z
    ] {
        let created_at = Timestamp::from_micros(micros).unwrap();
        let account_id = AccountId::from_uuid(Uuid::now_v7());
        let user = User::first_seen(somebody().id, account_id, created_at);
        backend.store().create(&user).await.unwrap();
        assert_eq!(backend.store().find(user.id).await.unwrap(), here(&user));
    }
}

pub async fn preferences_round_trip_whatever_they_hold<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let chosen = preferences([
        ("text.unicode", json!("ß 日本語 🦀 \u{202e} é")),
        ("text.escapes", json!("\\ \" ' \n \u{1} %s $1 ?")),
        ("text.empty", json!("")),
        ("number.integer", json!(9_007_199_254_740_993_i64)),
        ("number.negative", json!(-1)),
        ("number.fraction", json!(0.1)),
        ("number.whole_fraction", json!(100.0)),
        ("null.null", Value::Null),
        ("list.mixed", json!([null, true, [], {"b": 1, "a": 2}])),
        ("object.nested", json!({"z": {"a": [1, 2, 3]}, "": ""})),
    ]);
    let user = set(backend, &user, chosen).await;
    set(backend, &user, preferences([])).await;
}

pub async fn large_preferences_round_trip<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let chosen = (0..1000).map(|number| (format!("group.key{number}"), json!("é".repeat(50))));
    let chosen = ChosenPreferences::from_stored(chosen.collect());
    set(backend, &user, chosen).await;
}

pub async fn the_database_refuses_what_the_domain_refuses<B: Backend>(backend: &B) {
    let user = make(backend).await;
    for assignment in [
        "revision = 0",
        "account_revision = 0",
        "account_revision = 2",
        "email_revision = 2",
        "messaging_revision = 2",
        "preferences_revision = 2",
        "account_is_private = 2",
        "email_allow_email_contact = NULL",
        "messaging_show_last_seen = NULL",
        "messaging_who_can_see_profile = 'friends'",
        "messaging_who_can_add_to_groups = ''",
        "messaging_disappearing_messages_default = 301",
        "preferences = '[]'",
        "preferences = 'null'",
        "preferences = 'dark'",
        "created_at = NULL",
    ] {
        let refusal = backend.execute(&format!("UPDATE users SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
    assert_eq!(backend.store().find(user.id).await.unwrap(), here(&user));
}
