//! The JSON Schema that preferences are held to, as clients get it.

use jsonschema::Draft;
use serde_json::{Value, json};

use super::refusals::refusal;
use super::{PATH, SCHEMA, defaults, read, shown};
use crate::support::shapes::error_message;
use crate::support::{Database, Server};

in_one_setup![
    every_key_of_the_schema_has_a_description_and_its_default,
    the_values_shown_satisfy_the_schema,
    what_the_schema_refuses_the_service_refuses,
    the_schema_is_for_those_who_have_a_token,
];

/// Every key below this group: its dotted path and its declaration.
fn keys(group: &Value, path: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (name, declaration) in group["properties"].as_object().unwrap() {
        let path = format!("{path}.{name}").trim_start_matches('.').to_owned();
        if declaration["properties"].is_object() {
            found.extend(keys(declaration, &path));
        } else {
            found.push((path, declaration.clone()));
        }
    }
    found
}

async fn every_key_of_the_schema_has_a_description_and_its_default(database: Database) {
    let server = Server::start(&database).await;
    let schema = shown(&server.new_user().get(SCHEMA).await);
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(schema["type"], "object");
    let keys = keys(&schema, "");
    assert_eq!(keys.len(), 11);
    for (path, declaration) in keys {
        assert!(
            declaration["description"]
                .as_str()
                .is_some_and(|text| text.len() > 9),
            "{path}"
        );
        let pointer = format!("/{}", path.replace('.', "/"));
        assert_eq!(
            declaration.get("default"),
            defaults().pointer(&pointer),
            "{path}"
        );
    }
}

async fn the_values_shown_satisfy_the_schema(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let schema = shown(&alice.get(SCHEMA).await);
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    let schema = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(&schema)
        .unwrap();
    assert!(schema.is_valid(&read(&alice).await));
    let chosen = json!({"theme": {"mode": "dark", "accent_color": "#ABCDEF"},
        "locale": {"language": "ZH-hant-tw", "timezone": "Asia/Taipei"}});
    assert!(schema.is_valid(&shown(&alice.patch(PATH, chosen).await)));
}

async fn what_the_schema_refuses_the_service_refuses(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let schema = shown(&alice.get(SCHEMA).await);
    let schema = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(&schema)
        .unwrap();
    for body in [
        json!({"theme": {"mode": "sepia"}}),
        json!({"theme": {"accent_color": "blue"}}),
        json!({"theme": {"font": "serif"}}),
        json!({"notifications": {"email_enabled": "true"}}),
        json!({"notifications": []}),
        json!({"nothing": {}}),
    ] {
        assert!(!schema.is_valid(&body), "{body}");
        refusal(&alice, body).await;
    }
}

async fn the_schema_is_for_those_who_have_a_token(database: Database) {
    let server = Server::start(&database).await;
    let answer = server.anonymous().get(SCHEMA).await;
    error_message(&answer, SCHEMA, 401);
}
