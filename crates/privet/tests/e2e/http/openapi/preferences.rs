//! The document describes the preferences in force: the operator's, or the built-in ones.

use std::fs;

use serde_json::{Value, json};

use super::{contents, start, without_servers};
use crate::support::Program;
use crate::support::document::{Document, examples};

const UPDATE: &str = "UpdatePreferencesRequest";

/// Whether the schema with this name accepts the value.
fn takes(document: &Document, name: &str, value: &Value) -> bool {
    let reference = json!({"$ref": format!("#/components/schemas/{name}")});
    let schema = jsonschema::validator_for(&document.schema(&reference)).unwrap();
    schema.is_valid(value)
}

/// An operator's schema, in a file.
fn own_preferences() -> tempfile::NamedTempFile {
    let schema = json!({
        "$defs": {"level": {"type": "integer", "minimum": 0, "maximum": 11}},
        "type": "object",
        "properties": {
            "sound": {"type": "object", "properties": {
                "volume": {"$ref": "#/$defs/level", "default": 5, "description": "How loud it is."},
                "bell": {"enum": ["ding", "dong"], "default": "ding", "description": "Which bell."},
            }},
            "beta": {"type": "boolean", "default": false, "description": "New things first."},
        },
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), schema.to_string()).unwrap();
    file
}

#[tokio::test]
async fn an_update_is_described_as_it_is_taken() {
    let (_database, server, document) = start(&[]).await;
    for (body, status) in [
        (json!({}), 200),
        (json!({"theme": {"mode": "dark"}}), 200),
        (json!({"theme.mode": "dark", "locale.language": null}), 200),
        (json!({"theme": null}), 200),
        (
            json!({"theme": {"mode": "dark"}, "locale.language": "de"}),
            200,
        ),
        (
            json!({"theme": {"mode": "dark"}, "theme.accent_color": "#c0ffee"}),
            200,
        ),
        (json!({"theme": {"mode": null}, "locale": null}), 200),
        (json!({"theme": [], "locale.language": "de"}), 400),
        (json!({"theme": {"mode": "sepia"}}), 400),
        (json!({"theme.mode": "sepia"}), 400),
        (json!({"theme": {"size": 3}}), 400),
        (json!({"sound.volume": 3}), 400),
        (json!([]), 400),
    ] {
        assert_eq!(takes(&document, UPDATE, &body), status == 200, "{body}");
        let answer = server
            .new_user()
            .patch("/api/users/me/preferences/", body)
            .await;
        assert_eq!(answer.status, status, "{answer}");
    }
}

#[tokio::test]
async fn groups_within_groups_are_described_as_they_are_taken() {
    let tone = json!({"enum": ["high", "low"], "default": "low", "description": "Which tone."});
    let schema = json!({"type": "object", "properties": {"sound": {"type": "object", "properties": {
        "bell": {"type": "object", "properties": {"tone": tone}},
    }}}});
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), schema.to_string()).unwrap();
    let variables = [("PRIVET_PREFERENCES_SCHEMA", file.path().to_str().unwrap())];
    let (_database, server, document) = start(&variables).await;
    for (body, status) in [
        (json!({"sound.bell.tone": "high"}), 200),
        (json!({"sound": {"bell.tone": "high"}}), 200),
        (json!({"sound": {"bell": {"tone": "high"}}}), 200),
        (json!({"sound.bell": {"tone": "high"}}), 200),
        (json!({"sound.bell": null}), 200),
        (json!({"sound": {"bell": {"tone": "shrill"}}}), 400),
    ] {
        assert_eq!(takes(&document, UPDATE, &body), status == 200, "{body}");
        let answer = server
            .new_user()
            .patch("/api/users/me/preferences/", body)
            .await;
        assert_eq!(answer.status, status, "{answer}");
    }
}

#[tokio::test]
async fn an_operators_own_preferences_are_described_in_place_of_the_built_in_ones() {
    let file = own_preferences();
    let variables = [("PRIVET_PREFERENCES_SCHEMA", file.path().to_str().unwrap())];
    let (_database, server, document) = start(&variables).await;

    assert!(takes(
        &document,
        UPDATE,
        &json!({"sound.bell": "dong", "beta": true})
    ));
    assert!(takes(&document, UPDATE, &json!({"sound": {"volume": 3}})));
    assert!(!takes(
        &document,
        UPDATE,
        &json!({"sound": {"bell": "dang"}})
    ));
    assert!(!takes(&document, UPDATE, &json!({"theme.mode": "dark"})));
    assert!(takes(&document, "PreferenceName", &json!("sound.volume")));
    assert!(!takes(&document, "PreferenceName", &json!("theme")));
    let shown = server.new_user().get("/api/users/me/preferences/").await;
    assert!(takes(&document, "Preferences", &shown.json()), "{shown}");

    // Also the examples that Swagger UI shows.
    for (place, content) in contents(&document) {
        let schema = jsonschema::validator_for(&document.schema(&content["schema"])).unwrap();
        for example in examples(&content) {
            assert!(schema.is_valid(&example), "{place}: {example}");
        }
    }
    assert!(
        !document.0.to_string().contains("#/$defs/"),
        "it leads out of the document"
    );

    let [(name, value)] = variables;
    let printed = Program::new(&["openapi"]).with(name, value).run().await;
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(without_servers(printed), without_servers(document.0));
}
