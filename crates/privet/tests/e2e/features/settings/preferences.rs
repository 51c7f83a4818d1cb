//! Preferences as the built-in schema has them: reading them, and changing them in every form there is.

mod operator_schema;
mod refusals;
mod refused_schemas;
mod reset;
mod schema;

use serde_json::{Value, json};

use crate::support::settings::{Settings, history};
use crate::support::{Answer, Client, Database, Server};

const PATH: &str = "/api/users/me/preferences/";
const RESET: &str = "/api/users/me/preferences/reset/";
const SCHEMA: &str = "/api/users/me/preferences/schema/";

in_every_setup![
    every_key_is_at_its_default_at_first,
    a_part_of_the_tree_changes_what_it_names_and_nothing_else,
    dotted_keys_mean_the_same_also_mixed_with_a_tree,
    every_key_takes_each_of_its_values,
    a_language_tag_is_kept_in_canonical_case,
    null_puts_a_key_or_a_whole_group_back_to_its_default,
    an_empty_update_answers_the_whole_resource,
    choosing_the_value_of_the_default_shows_nowhere,
    somebody_elses_preferences_are_out_of_reach,
];

fn defaults() -> Value {
    json!({
        "notifications": {"email_enabled": true, "push_enabled": true, "slack_enabled": false,
            "digest_frequency": "weekly"},
        "theme": {"mode": "system", "accent_color": "#3b82f6"},
        "locale": {"language": "en", "timezone": "UTC", "date_format": "YYYY-MM-DD",
            "time_format": "24h", "first_day_of_week": "monday"},
    })
}

/// The defaults but for these values, by dotted key.
fn defaults_but(changes: &Value) -> Value {
    let mut tree = defaults();
    for (key, value) in changes.as_object().unwrap() {
        let pointer = format!("/{}", key.replace('.', "/"));
        let shown = tree.pointer_mut(&pointer);
        *shown.unwrap_or_else(|| panic!("there is no {key}")) = value.clone();
    }
    tree
}

/// The preferences in an answer, which must be a success.
fn shown(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    answer.json()
}

async fn read(client: &Client) -> Value {
    shown(&client.get(PATH).await)
}

/// Makes an update, which must succeed, and answers what stands then.
async fn update(client: &Client, body: Value) -> Value {
    let updated = shown(&client.patch(PATH, body).await);
    assert_eq!(read(client).await, updated);
    updated
}

async fn every_key_is_at_its_default_at_first(database: Database) {
    let server = Server::start(&database).await;
    assert_eq!(read(&server.new_user()).await, defaults());
}

async fn a_part_of_the_tree_changes_what_it_names_and_nothing_else(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut changes = json!({});
    for (body, key, value) in [
        (
            json!({"theme": {"mode": "dark"}}),
            "theme.mode",
            json!("dark"),
        ),
        (
            json!({"notifications": {"push_enabled": false}}),
            "notifications.push_enabled",
            json!(false),
        ),
        (
            json!({"theme": {"accent_color": "#00ff7f"}}),
            "theme.accent_color",
            json!("#00ff7f"),
        ),
    ] {
        changes[key] = value;
        assert_eq!(update(&alice, body).await, defaults_but(&changes));
    }
    assert_eq!(read(&server.new_user()).await, defaults());
}

async fn dotted_keys_mean_the_same_also_mixed_with_a_tree(database: Database) {
    let server = Server::start(&database).await;
    let wanted =
        json!({"theme.mode": "dark", "locale.language": "de", "locale.timezone": "Europe/Berlin"});
    for body in [
        wanted.clone(),
        json!({"theme": {"mode": "dark"}, "locale": {"language": "de", "timezone": "Europe/Berlin"}}),
        json!({"theme.mode": "dark", "locale": {"language": "de", "timezone": "Europe/Berlin"}}),
        json!({"locale": {"language": "de"}, "theme": {"mode": "dark"},
            "locale.timezone": "Europe/Berlin"}),
    ] {
        let user = server.new_user();
        assert_eq!(update(&user, body).await, defaults_but(&wanted));
    }
}

async fn every_key_takes_each_of_its_values(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let booleans = || vec![json!(false), json!(true)];
    let words = |words: &[&str]| words.iter().map(|word| json!(word)).collect::<Vec<_>>();
    for (key, values) in [
        ("notifications.email_enabled", booleans()),
        ("notifications.push_enabled", booleans()),
        ("notifications.slack_enabled", booleans()),
        (
            "notifications.digest_frequency",
            words(&["never", "daily", "weekly"]),
        ),
        ("theme.mode", words(&["light", "dark", "system"])),
        (
            "theme.accent_color",
            words(&["#000000", "#ffffff", "#12ab9f", "#3b82f6"]),
        ),
        (
            "locale.language",
            words(&["pt-BR", "zh-Hant-TW", "de", "sr-Latn-RS", "en"]),
        ),
        (
            "locale.timezone",
            words(&[
                "Europe/Berlin",
                "America/Argentina/Buenos_Aires",
                "Asia/Kolkata",
                "UTC",
            ]),
        ),
        (
            "locale.date_format",
            words(&["DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "YYYY-MM-DD"]),
        ),
        ("locale.time_format", words(&["12h", "24h"])),
        (
            "locale.first_day_of_week",
            words(&["saturday", "sunday", "monday"]),
        ),
    ] {
        for value in values {
            let after = update(&alice, json!({key: value})).await;
            assert_eq!(after, defaults_but(&json!({key: value})));
        }
        update(&alice, json!({key: null})).await;
    }
}

async fn a_language_tag_is_kept_in_canonical_case(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for (given, kept) in [
        ("pt-br", "pt-BR"),
        ("ZH-HANT-tw", "zh-Hant-TW"),
        ("EN", "en"),
        ("de-ch-1996", "de-CH-1996"),
    ] {
        let after = update(&alice, json!({"locale.language": given})).await;
        assert_eq!(after["locale"]["language"], kept);
    }
    // Another spelling of the same tag is no change.
    let before = alice.get(PATH).await;
    let answer = alice
        .patch(PATH, json!({"locale.language": "DE-CH-1996"}))
        .await;
    assert_eq!(answer.header("ETag"), before.header("ETag"));
    let entries = history(&alice).await;
    let languages: Vec<_> = entries.iter().map(|entry| &entry["new_value"]).collect();
    assert_eq!(languages, ["de-CH-1996", "en", "zh-Hant-TW", "pt-BR"]);
}

async fn null_puts_a_key_or_a_whole_group_back_to_its_default(database: Database) {
    let server = Server::start(&database).await;
    let chosen = json!({"theme.mode": "dark", "theme.accent_color": "#000000",
        "locale.language": "de", "notifications.slack_enabled": true});
    let without = |keys: &[&str]| {
        let mut left = chosen.clone();
        for key in keys {
            left.as_object_mut().unwrap().remove(*key).unwrap();
        }
        defaults_but(&left)
    };
    let theme = ["theme.mode", "theme.accent_color"];
    for (body, expected) in [
        (json!({"theme": {"mode": null}}), without(&["theme.mode"])),
        (json!({"theme.mode": null}), without(&["theme.mode"])),
        (json!({"theme": null}), without(&theme)),
        (
            json!({"theme": {"mode": null, "accent_color": null}}),
            without(&theme),
        ),
        (
            json!({"theme": null, "locale": null, "notifications": null}),
            defaults(),
        ),
        (json!({"locale.time_format": null}), without(&[])),
    ] {
        let user = server.new_user();
        update(&user, chosen.clone()).await;
        assert_eq!(update(&user, body.clone()).await, expected, "{body}");
    }
    let user = server.new_user();
    update(&user, chosen.clone()).await;
    let after = update(&user, json!({"theme": null, "locale.language": "fr"})).await;
    let left = json!({"locale.language": "fr", "notifications.slack_enabled": true});
    assert_eq!(after, defaults_but(&left));
}

async fn an_empty_update_answers_the_whole_resource(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let before = alice.get(PATH).await;
    for body in [
        json!({}),
        json!({"theme": {}}),
        json!({"theme": {}, "locale": {}}),
    ] {
        let answer = alice.patch(PATH, body).await;
        assert_eq!(shown(&answer), defaults());
        assert_eq!(answer.header("ETag"), before.header("ETag"));
    }
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

async fn choosing_the_value_of_the_default_shows_nowhere(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let before = alice.get(PATH).await;
    for body in [
        json!({"theme.mode": "system"}),
        defaults(),
        json!({"theme": null}),
    ] {
        let answer = alice.patch(PATH, body).await;
        assert_eq!(shown(&answer), defaults());
        assert_eq!(answer.header("ETag"), before.header("ETag"));
        assert_eq!(alice.get(PATH).await.header("ETag"), before.header("ETag"));
    }
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

async fn somebody_elses_preferences_are_out_of_reach(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let before = Settings::Preferences.tag(&bob).await;
    let path = format!("{PATH}?user_id={}", bob.id());
    shown(&alice.patch(&path, json!({"theme.mode": "dark"})).await);
    let path = format!("{PATH}{}/", bob.id());
    assert_eq!(
        alice
            .patch(&path, json!({"theme.mode": "dark"}))
            .await
            .status,
        404
    );
    assert_eq!(read(&bob).await, defaults());
    assert_eq!(Settings::Preferences.tag(&bob).await, before);
}
