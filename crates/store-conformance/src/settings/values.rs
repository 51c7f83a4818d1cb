//! The values that every [`SettingsStore`] must preserve, and those that its database must refuse.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use privet_application::settings::SettingsStore;
use privet_domain::catalogue::{Choices, Family};
use privet_domain::settings::user::User;
use privet_domain::{AccountId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{here, make, set, store};
use crate::Backend;
use crate::samples::{Choice, change, choices, no_email, private_account, somebody};

pub async fn choices_of_every_family_round_trip<B: Backend>(backend: &B) {
    let mut user = make(backend).await;
    for choice in [
        private_account(true),
        no_email(),
        Choice(
            Family::Messaging,
            "messaging.who_can_see_profile",
            json!("nobody"),
        ),
        Choice(
            Family::Messaging,
            "messaging.a_setting_of_another_catalogue",
            json!(null),
        ),
        Choice(Family::Preferences, "theme.mode", json!("dark")),
        private_account(false),
    ] {
        user = set(backend, &user, choice).await;
    }
}

pub async fn every_family_keeps_its_own_revision_and_time<B: Backend>(backend: &B) {
    let mut user = make(backend).await;
    // Each family gets its own revision and time.
    for family in Family::ALL {
        user = set(backend, &user, Choice(family, "a.name", json!(true))).await;
        assert_eq!(user.version(family).revision, user.revision);
    }
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
        backend.store().create(user.clone().into()).await.unwrap();
        assert_eq!(backend.store().find(user.id).await.unwrap(), here(&user));
    }
}

pub async fn choices_round_trip_whatever_they_hold<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let chosen = choices([
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
    let mut change = change(&user, no_email());
    change.row.choices = chosen.clone();
    change.row.preferences = chosen;
    store(backend, change).await;
}

pub async fn many_choices_round_trip<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let chosen = (0..1000).map(|number| (format!("group.key{number}"), json!("é".repeat(50))));
    let mut change = change(&user, no_email());
    change.row.preferences = Choices::from_stored(chosen.collect());
    store(backend, change).await;
}

pub async fn the_database_refuses_what_the_domain_refuses<B: Backend>(backend: &B) {
    let user = make(backend).await;
    for assignment in [
        "revision = 0",
        "account_id = NULL",
        "choices = NULL",
        "choices = '[]'",
        "preferences = '[]'",
        "preferences = 'null'",
        "preferences = 'dark'",
        "versions = '1'",
        "created_at = NULL",
    ] {
        let refusal = backend.execute(&format!("UPDATE users SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
    assert_eq!(backend.store().find(user.id).await.unwrap(), here(&user));
}
