//! Putting preferences back to their defaults: everything, or keys and groups by name.

use reqwest::Method;
use serde_json::{Value, json};

use super::{RESET, defaults, defaults_but, read, shown, update};
use crate::support::settings::history;
use crate::support::shapes::error_message;
use crate::support::{Client, Database, Server};

in_one_setup![
    a_reset_without_a_body_puts_everything_back,
    keys_and_groups_are_put_back_by_name,
    an_unknown_key_is_refused_and_resets_nothing,
    a_body_of_another_form_is_refused,
    after_a_reset_the_history_names_the_defaults,
];

fn choices() -> Value {
    json!({"theme.mode": "dark", "theme.accent_color": "#000000", "locale.language": "de",
        "locale.time_format": "12h", "notifications.slack_enabled": true})
}

/// A user who has chosen a few.
async fn chooser(server: &Server) -> Client {
    let user = server.new_user();
    assert_eq!(update(&user, choices()).await, defaults_but(&choices()));
    user
}

async fn a_reset_without_a_body_puts_everything_back(database: Database) {
    let server = Server::start(&database).await;
    for (media_type, body) in [
        (None, ""),
        (Some("application/json"), ""),
        (Some("application/x-www-form-urlencoded"), ""),
        (Some("application/json"), "{}"),
    ] {
        let user = chooser(&server).await;
        let mut request = user.request(Method::POST, RESET).body(body);
        if let Some(media_type) = media_type {
            request = request.header("Content-Type", media_type);
        }
        let answer = request.send().await;
        assert_eq!(shown(&answer), defaults());
        assert_eq!(read(&user).await, defaults());
        let again = user.post(RESET, json!({})).await;
        assert_eq!(shown(&again), defaults());
        assert_eq!(again.header("ETag"), answer.header("ETag"));
    }
}

async fn keys_and_groups_are_put_back_by_name(database: Database) {
    let server = Server::start(&database).await;
    for (keys, forgotten) in [
        (json!(["theme.mode"]), vec!["theme.mode"]),
        (json!(["theme"]), vec!["theme.mode", "theme.accent_color"]),
        (
            json!(["theme", "locale.language"]),
            vec!["theme.mode", "theme.accent_color", "locale.language"],
        ),
        (json!(["theme.mode", "theme.mode"]), vec!["theme.mode"]),
        (
            json!(["theme", "theme.mode"]),
            vec!["theme.mode", "theme.accent_color"],
        ),
        (json!(["locale.timezone"]), vec![]),
        (json!([]), vec![]),
    ] {
        let user = chooser(&server).await;
        let mut left = choices();
        for key in forgotten {
            left.as_object_mut().unwrap().remove(key).unwrap();
        }
        let answer = user.post(RESET, json!({"keys": keys})).await;
        assert_eq!(shown(&answer), defaults_but(&left), "{keys}");
        assert_eq!(read(&user).await, defaults_but(&left), "{keys}");
    }
}

async fn an_unknown_key_is_refused_and_resets_nothing(database: Database) {
    let server = Server::start(&database).await;
    let alice = chooser(&server).await;
    let before = history(&alice).await;
    for (keys, unknown) in [
        (json!(["them"]), vec!["them"]),
        (
            json!(["theme", "theme.font", "nothing"]),
            vec!["nothing", "theme.font"],
        ),
        (json!([""]), vec![""]),
        (json!(["theme."]), vec!["theme."]),
        (
            json!(["preferences.theme.mode"]),
            vec!["preferences.theme.mode"],
        ),
    ] {
        let answer = alice.post(RESET, json!({"keys": keys})).await;
        assert_eq!(answer.status, 400, "{answer}");
        let errors = unknown
            .into_iter()
            .map(|key| (key.to_owned(), json!(["Unknown preference."])));
        assert_eq!(answer.json(), Value::Object(errors.collect()));
    }
    assert_eq!(read(&alice).await, defaults_but(&choices()));
    assert_eq!(history(&alice).await, before);
}

async fn a_body_of_another_form_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = chooser(&server).await;
    for (body, member) in [
        (json!([]), "non_field_errors"),
        (json!("theme"), "non_field_errors"),
        (json!(null), "non_field_errors"),
        (json!({"keys": "theme"}), "keys"),
        (json!({"keys": null}), "keys"),
        (json!({"keys": {}}), "keys"),
        (json!({"keys": ["theme", 1]}), "keys"),
        (json!({"key": "theme"}), "key"),
        (json!({"keys": ["theme"], "user_id": alice.id()}), "user_id"),
    ] {
        let answer = alice.post(RESET, body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer}");
        let errors = answer.json();
        assert_eq!(errors.as_object().unwrap().len(), 1, "{body}: {answer}");
        assert!(errors[member][0].is_string(), "{body}: {answer}");
    }
    for body in ["{", "{\"keys\": [\"theme\"], \"keys\": []}", "theme"] {
        let request = alice.request(Method::POST, RESET).body(body);
        let answer = request
            .header("Content-Type", "application/json")
            .send()
            .await;
        error_message(&answer, RESET, 400);
    }
    assert_eq!(read(&alice).await, defaults_but(&choices()));
}

async fn after_a_reset_the_history_names_the_defaults(database: Database) {
    let server = Server::start(&database).await;
    let alice = chooser(&server).await;
    let before = history(&alice).await.len();
    shown(
        &alice
            .post(RESET, json!({"keys": ["theme", "locale.timezone"]}))
            .await,
    );
    let entries = history(&alice).await;
    let mut changes: Vec<_> = entries[..entries.len() - before]
        .iter()
        .map(|entry| (&entry["setting"], &entry["old_value"], &entry["new_value"]))
        .map(|(setting, old, new)| json!([setting, old, new]))
        .collect();
    changes.sort_by_key(ToString::to_string);
    assert_eq!(
        changes,
        [
            json!(["preferences.theme.accent_color", "#000000", "#3b82f6"]),
            json!(["preferences.theme.mode", "dark", "system"]),
        ]
    );
}
