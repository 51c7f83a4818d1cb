//! Schemas that the service refuses to start with: exit status 2 and one line that names the key.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Program, SECRET};

/// Tries to start with this text as the schema, and answers what is said about it.
async fn refusal(schema: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.json");
    std::fs::write(&file, schema).unwrap();
    refusal_of(&file).await
}

async fn refusal_of(file: &Path) -> String {
    let output = Program::new(&["serve"])
        .with("DATABASE_URL", "sqlite://privet.db")
        .with("PRIVET_LISTEN", "127.0.0.1:0")
        .with("PRIVET_JWT_SECRET", SECRET)
        .with("PRIVET_PREFERENCES_SCHEMA", file.to_str().unwrap())
        .run()
        .await;
    assert_eq!(output.status, 2, "{output:?}");
    assert_eq!(output.stdout, "");
    assert_eq!(
        output.stderr.trim_end().lines().count(),
        1,
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("PRIVET_PREFERENCES_SCHEMA"),
        "{}",
        output.stderr
    );
    output.stderr
}

fn with_key(key: &Value) -> String {
    json!({"type": "object", "properties": {"editor": {"properties": {"tab_width": key}}}})
        .to_string()
}

#[tokio::test]
async fn a_key_that_breaks_a_rule_is_named() {
    for (key, why) in [
        (json!({"type": "integer", "default": 4}), "description"),
        (
            json!({"description": "", "type": "integer", "default": 4}),
            "description",
        ),
        (
            json!({"description": "Columns.", "type": "integer"}),
            "default",
        ),
        (
            json!({"description": "Columns.", "type": "integer", "default": "4"}),
            "default",
        ),
        (
            json!({"description": "Columns.", "minimum": 5, "default": 4}),
            "default",
        ),
        (
            json!({"description": "Columns.", "enum": [2, 8], "default": 4}),
            "default",
        ),
        (
            json!({"description": "Columns.", "type": "number of columns", "default": 4}),
            "Schema",
        ),
        (
            json!({"description": "Columns.", "type": "string", "pattern": "(", "default": ""}),
            "Schema",
        ),
        (
            json!({"description": "Columns.", "format": "columns", "default": 4}),
            "Schema",
        ),
        (
            json!({"description": "Columns.", "$ref": "#/$defs/none", "default": 4}),
            "Schema",
        ),
        (
            json!({"type": "string", "format": "bcp47", "description": "X.", "default": "e_n"}),
            "default",
        ),
        (json!(true), "object"),
    ] {
        let message = refusal(&with_key(&key)).await;
        assert!(message.contains("editor.tab_width"), "{key}: {message}");
        assert!(message.contains(why), "{key}: {message}");
    }
}

#[tokio::test]
async fn a_key_that_allows_values_of_any_size_is_named() {
    let long = json!({"type": "string"});
    for (rule, default, keyword) in [
        (long.clone(), json!(""), "maxLength"),
        (json!({}), json!(1), "a type, or maxLength"),
        (
            json!({"type": "array", "items": {"type": "boolean"}}),
            json!([]),
            "maxItems",
        ),
        (
            json!({"type": "array", "maxItems": 5, "items": long}),
            json!([]),
            "items: ",
        ),
        (json!({"type": "object"}), json!({}), "maxProperties"),
        (
            json!({"type": "object", "maxProperties": 5, "additionalProperties": long}),
            json!({}),
            "additionalProperties: ",
        ),
    ] {
        let mut key = rule.clone();
        key["description"] = json!("Columns.");
        key["default"] = default;
        let message = refusal(&with_key(&key)).await;
        let is_told = message.contains("editor.tab_width: ") && message.contains(keyword);
        assert!(is_told, "{rule}: {message}");
    }
}

#[tokio::test]
async fn a_group_with_a_rule_across_keys_is_named() {
    let key = json!({"description": "Columns.", "type": "integer", "default": 4});
    let schema = json!({"properties": {"editor": {
        "properties": {"tab_width": key}, "required": ["tab_width"]}}});
    let message = refusal(&schema.to_string()).await;
    assert!(
        message.contains("editor") && message.contains("required"),
        "{message}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_schema_at_all_is_refused() {
    for schema in ["", "{", "[]", "null", "{}", "{\"properties\": []}"] {
        refusal(schema).await;
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    refusal_of(&folder.path().join("none.json")).await;
    refusal_of(folder.path()).await;
}
