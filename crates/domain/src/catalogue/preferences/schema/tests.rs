//! Parsing schemas, what is refused, and the values in force.

use serde_json::json;

use super::*;

fn parse(document: &Value) -> Result<PreferencesSchema, String> {
    PreferencesSchema::parse(&document.to_string()).map_err(|error| error.to_string())
}

#[test]
fn the_built_in_schema_shows_the_contracts_defaults_in_its_order() {
    let tree = PreferencesSchema::built_in().effective_tree(&Choices::default());
    let expected = r##"{"notifications":{"email_enabled":true,"push_enabled":true,"slack_enabled":false,"digest_frequency":"weekly"},"theme":{"mode":"system","accent_color":"#3b82f6"},"locale":{"language":"en","timezone":"UTC","date_format":"YYYY-MM-DD","time_format":"24h","first_day_of_week":"monday"}}"##;
    assert_eq!(tree.to_string(), expected);
}

#[test]
fn keys_may_stand_at_the_top_and_lie_deeper_than_one_group() {
    let schema = parse(&json!({"properties": {
        "beta": {"description": "New things first.", "type": "boolean", "default": false},
        "a": {"properties": {"b": {"properties": {"c": {"description": "Deep.", "type": "integer", "default": 1}}}}},
    }}))
    .unwrap();
    let tree = schema.effective_tree(&Choices::default());
    assert_eq!(tree, json!({"beta": false, "a": {"b": {"c": 1}}}));
}

#[test]
fn a_key_may_refer_to_a_definition() {
    let schema = parse(&json!({
        "$defs": {"colour": {"enum": ["red", "blue"]}},
        "properties": {"pen": {"description": "A pen.", "$ref": "#/$defs/colour", "default": "red"}},
    }))
    .unwrap();
    assert!(schema.key("pen").unwrap().allows(&json!("blue")));
    assert!(!schema.key("pen").unwrap().allows(&json!("green")));
}

#[test]
fn a_stored_value_that_the_schema_no_longer_allows_reads_as_the_default() {
    let schema = PreferencesSchema::built_in();
    let stored = json!({"theme.mode": "sepia", "locale.language": "de", "gone.key": 1});
    let chosen = Choices::from_stored(stored.as_object().unwrap().clone());
    let tree = schema.effective_tree(&chosen);
    assert_eq!(tree["theme"]["mode"], "system");
    assert_eq!(tree["locale"]["language"], "de");
    assert_eq!(
        chosen.get("theme.mode"),
        Some(&json!("sepia")),
        "kept until it is overwritten"
    );
}

#[test]
fn a_schema_that_cannot_be_held_to_is_refused_and_the_key_is_named() {
    let key = |extra: Value| {
        let mut key = json!({"description": "A key.", "default": 1});
        key.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        key
    };
    let long = "x".repeat(64);
    for (document, complaint) in [
        (json!([]), "the file: is not a JSON object"),
        (json!({}), "the file: has no properties"),
        (
            json!({"required": ["a"], "properties": {}}),
            "the top level: required cannot be used on a group",
        ),
        (
            json!({"properties": {"a": {"oneOf": [], "properties": {}}}}),
            "a: oneOf cannot be used on a group",
        ),
        (
            json!({"properties": {"a": {"type": "array", "properties": {}}}}),
            "a: has properties, so its type must be object",
        ),
        (
            json!({"properties": {"a.b": key(json!({}))}}),
            "a.b: a name is",
        ),
        (json!({"properties": {"a": true}}), "a: is not an object"),
        (
            json!({"properties": {"a": {"properties": {"b": {"default": 1}}}}}),
            "a.b: has no description",
        ),
        (
            json!({"properties": {"a": {"description": "A key."}}}),
            "a: has no default",
        ),
        (
            json!({"properties": {"a": key(json!({"type": "string"}))}}),
            "a: has a default that its own rule refuses: 1",
        ),
        (
            json!({"properties": {&long: {"properties": {&long: {"properties": {&long: {"properties": {&long: key(json!({}))}}}}}}}}),
            "is longer than 200 characters",
        ),
    ] {
        let error = parse(&document).unwrap_err();
        assert!(error.contains(complaint), "{error}");
    }
    assert!(
        PreferencesSchema::parse("{")
            .unwrap_err()
            .to_string()
            .starts_with("the file: is not JSON")
    );
}
