//! What an update of preferences may not be, told by dotted path.

use reqwest::Method;
use serde_json::{Value, json};

use super::{PATH, RESET, defaults, read};
use crate::support::settings::history;
use crate::support::shapes::error_message;
use crate::support::{Client, Database, Server};

in_one_setup![
    the_same_key_given_both_ways_is_refused,
    a_value_outside_the_list_is_refused_by_its_dotted_path,
    every_mistake_is_told_at_once_and_nothing_changes,
    a_body_that_is_no_object_is_an_error_of_no_field,
    a_body_that_is_no_json_is_refused_in_the_familys_shape,
    a_refusal_is_short_however_much_is_wrong,
    a_number_that_a_double_cannot_hold_is_refused,
];

/// Sends an update that must be refused, and answers the reasons by dotted key.
pub async fn refusal(client: &Client, body: Value) -> Value {
    let answer = client.patch(PATH, body).await;
    assert_eq!(answer.status, 400, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    answer.json()
}

async fn the_same_key_given_both_ways_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for body in [
        json!({"theme": {"mode": "dark"}, "theme.mode": "light"}),
        json!({"theme.mode": "dark", "theme": {"mode": "dark"}}),
        json!({"theme": {"mode": "dark"}, "theme.mode": null}),
        json!({"theme": null, "theme.mode": "dark"}),
        json!({"theme": {"mode": "dark"}, "theme.mode": "light", "locale.language": "de"}),
    ] {
        let errors = refusal(&alice, body.clone()).await;
        assert_eq!(errors.as_object().unwrap().len(), 1, "{body}: {errors}");
        assert!(errors["theme.mode"][0].is_string(), "{body}: {errors}");
    }
    assert_eq!(read(&alice).await, defaults());
}

async fn a_value_outside_the_list_is_refused_by_its_dotted_path(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mode = "Must be one of: light, dark, system.";
    let digest = "Must be one of: never, daily, weekly.";
    let language = "Must be a well-formed BCP 47 language tag, of at most 128 characters.";
    let zone = "Must be the name of an IANA time zone.";
    let boolean = "Must be a valid boolean.";
    for (key, value, message) in [
        ("theme.mode", json!("sepia"), Some(mode)),
        ("theme.mode", json!("Dark"), Some(mode)),
        ("theme.mode", json!(1), Some(mode)),
        ("theme.mode", json!({"x": 1}), Some(mode)),
        (
            "notifications.digest_frequency",
            json!("hourly"),
            Some(digest),
        ),
        ("notifications.email_enabled", json!("true"), Some(boolean)),
        ("notifications.email_enabled", json!(1), Some(boolean)),
        ("theme.accent_color", json!("#fff"), None),
        ("theme.accent_color", json!("3b82f6"), None),
        ("theme.accent_color", json!("#3b82f6ff"), None),
        ("theme.accent_color", json!("#3b82fg"), None),
        ("theme.accent_color", json!("#3b82f6\n"), None),
        ("theme.accent_color", json!(0), None),
        ("locale.language", json!("en_US"), Some(language)),
        ("locale.language", json!(""), Some(language)),
        ("locale.language", json!("english language"), Some(language)),
        ("locale.timezone", json!("Mars/Phobos"), Some(zone)),
        ("locale.timezone", json!(""), Some(zone)),
        ("locale.timezone", json!("+02:00"), Some(zone)),
        ("locale.date_format", json!("YY-MM-DD"), None),
        ("locale.time_format", json!("24"), None),
        ("locale.first_day_of_week", json!("Monday"), None),
    ] {
        let (group, name) = key.split_once('.').unwrap();
        for body in [json!({key: value}), json!({group: {name: value}})] {
            let errors = refusal(&alice, body.clone()).await;
            assert_eq!(errors.as_object().unwrap().len(), 1, "{body}: {errors}");
            assert_eq!(errors[key].as_array().unwrap().len(), 1, "{body}: {errors}");
            let told = errors[key][0].as_str().unwrap();
            assert!(
                message.is_none_or(|message| told == message),
                "{body}: {told}"
            );
        }
    }
    assert_eq!(read(&alice).await, defaults());
}

async fn every_mistake_is_told_at_once_and_nothing_changes(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let body = json!({
        "theme": {"mode": "sepia", "font": "serif", "accent_color": "#ffffff"},
        "locale.timezone": 3,
        "locale.nothing": null,
        "notifications": [],
        "extra": {"a": 1},
        "user_id": alice.id(),
        "": 1,
        "theme.": 1,
    });
    let errors = refusal(&alice, body).await;
    let unknown = json!(["Unknown preference."]);
    let expected = json!({
        "theme.mode": ["Must be one of: light, dark, system."],
        "theme.font": unknown,
        "locale.timezone": ["Must be the name of an IANA time zone."],
        "locale.nothing": unknown,
        "notifications": ["Must be an object."],
        "extra": unknown,
        "user_id": unknown,
        "": unknown,
        "theme.": unknown,
    });
    assert_eq!(errors, expected);
    assert_eq!(read(&alice).await, defaults());
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

async fn a_body_that_is_no_object_is_an_error_of_no_field(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for body in [
        json!([]),
        json!("x"),
        json!(null),
        json!(1),
        json!([{"theme.mode": "dark"}]),
    ] {
        let errors = refusal(&alice, body.clone()).await;
        assert_eq!(errors.as_object().unwrap().len(), 1, "{body}: {errors}");
        assert!(
            errors["non_field_errors"][0].is_string(),
            "{body}: {errors}"
        );
    }
}

async fn a_body_that_is_no_json_is_refused_in_the_familys_shape(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for body in [
        "",
        "{",
        "{\"theme\": {\"mode\": \"dark\"}",
        "{\"theme.mode\": \"light\", \"theme.mode\": \"dark\"}",
        "{\"theme\": {\"mode\": \"light\", \"mode\": \"dark\"}}",
    ] {
        let request = alice.request(Method::PATCH, PATH);
        let request = request.header("Content-Type", "application/json");
        let answer = request.body(body).send().await;
        error_message(&answer, PATH, 400);
    }
    assert_eq!(read(&alice).await, defaults());
}

async fn a_refusal_is_short_however_much_is_wrong(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let few: Value = (0..20).map(|n| (format!("n{n:04}"), json!(1))).collect();
    let many: Value = (0..5_000).map(|n| (format!("n{n:04}"), json!(1))).collect();
    let told = refusal(&alice, few).await;
    assert_eq!(told.as_object().unwrap().len(), 20, "{told}");
    assert!(told.get("non_field_errors").is_none(), "{told}");
    let told = refusal(&alice, many.clone()).await;
    assert_eq!(told.as_object().unwrap().len(), 21, "{told}");
    let more = json!(["More is wrong than is told here."]);
    assert_eq!(told["non_field_errors"], more);
    assert_eq!(told["n0000"], json!(["Unknown preference."]));

    let names: Vec<_> = many.as_object().unwrap().keys().cloned().collect();
    let long = "\u{1}".repeat(10_000);
    for (method, path, body) in [
        (Method::PATCH, PATH, many),
        (Method::PATCH, PATH, json!({long.clone(): 1})),
        (Method::PATCH, PATH, json!({"theme": {long.clone(): 1}})),
        (Method::POST, RESET, json!({"keys": names})),
        (Method::POST, RESET, json!({"keys": [long.clone()]})),
        (Method::POST, RESET, json!({long.clone(): 1})),
    ] {
        let answer = alice.request(method, path).json(body).send().await;
        assert_eq!(answer.status, 400, "{answer:.200}");
        assert!(answer.text.len() < 8_192, "{} bytes", answer.text.len());
    }
}

async fn a_number_that_a_double_cannot_hold_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let request = alice.request(Method::PATCH, PATH);
    let request = request.header("Content-Type", "application/json");
    let answer = request.body(r#"{"theme.mode": 1e400}"#).send().await;
    let message = error_message(&answer, PATH, 400);
    assert_eq!(message, "A number is too large.", "{answer}");
    assert_eq!(read(&alice).await, defaults());
}
