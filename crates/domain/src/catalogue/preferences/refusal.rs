//! The error message for a value that the rule of a key refuses. It lists all that the schema allows.

use serde_json::{Map, Value};

use super::formats::{BCP47, IANA_TIME_ZONE};

/// Keywords that do not describe values, or that every message already includes.
const TOLD: [&str; 9] = [
    "type",
    "format",
    "pattern",
    "default",
    "title",
    "description",
    "examples",
    "deprecated",
    "$comment",
];

/// Keywords with the words before and after their limit.
const LIMITS: [(&str, &str, &str); 8] = [
    ("minimum", "at least", ""),
    ("exclusiveMinimum", "greater than", ""),
    ("maximum", "at most", ""),
    ("exclusiveMaximum", "less than", ""),
    ("minLength", "of at least", " characters"),
    ("maxLength", "of at most", " characters"),
    ("minItems", "of at least", " items"),
    ("maxItems", "of at most", " items"),
];

/// The message; it never repeats the value.
pub(super) fn refusal(declaration: &Map<String, Value>) -> String {
    let text = |name: &str| declaration.get(name).and_then(Value::as_str);
    if let Some(choices) = declaration.get("enum").and_then(Value::as_array) {
        let choices: Vec<_> = choices
            .iter()
            .map(|choice| {
                choice
                    .as_str()
                    .map_or_else(|| choice.to_string(), str::to_owned)
            })
            .collect();
        return format!("Must be one of: {}.", choices.join(", "));
    }
    let what = match (text("type"), text("format"), text("pattern")) {
        (_, Some(BCP47), _) => "be a well-formed BCP 47 language tag".to_owned(),
        (_, Some(IANA_TIME_ZONE), _) => "be the name of an IANA time zone".to_owned(),
        (_, Some(format), _) => format!("have the format {format}"),
        (_, _, Some(pattern)) => format!("match the pattern {pattern}"),
        (Some("boolean"), ..) => "be a valid boolean".to_owned(),
        (None, ..) => return "Must be a value that the schema of this key allows.".to_owned(),
        (Some(kind @ ("array" | "object" | "integer")), ..) => format!("be an {kind}"),
        (Some(kind), ..) => format!("be a {kind}"),
    };
    format!("Must {what}{}{}.", limits(declaration), rest(declaration))
}

fn limits(declaration: &Map<String, Value>) -> String {
    let given = LIMITS.iter().filter_map(|(keyword, before, behind)| {
        let limit = declaration.get(*keyword)?;
        Some(format!(", {before} {limit}{behind}"))
    });
    given.collect()
}

/// Rules without words of their own, such as the rule for items of an array.
fn rest(declaration: &Map<String, Value>) -> &'static str {
    let is_told = |keyword: &str| {
        TOLD.contains(&keyword) || LIMITS.iter().any(|(limit, ..)| *limit == keyword)
    };
    if declaration.keys().all(|keyword| is_told(keyword)) {
        ""
    } else {
        ", as the schema of this key says"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_says_what_the_key_takes() {
        for (declaration, expected) in [
            (json!({"enum": ["a", "b"]}), "Must be one of: a, b."),
            (json!({"enum": [1, null]}), "Must be one of: 1, null."),
            (json!({"type": "boolean"}), "Must be a valid boolean."),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 9}),
                "Must be an integer, at least 1, at most 9.",
            ),
            (
                json!({"type": "string", "pattern": "^x", "maxLength": 5}),
                "Must match the pattern ^x, of at most 5 characters.",
            ),
            (
                json!({"type": "string", "format": "email"}),
                "Must have the format email.",
            ),
            (
                json!({"type": "string", "format": "bcp47", "maxLength": 128}),
                "Must be a well-formed BCP 47 language tag, of at most 128 characters.",
            ),
            (json!({"type": "string"}), "Must be a string."),
            (
                json!({"type": "array", "maxItems": 3, "items": {"type": "string"}}),
                "Must be an array, of at most 3 items, as the schema of this key says.",
            ),
            (
                json!({"type": "number", "multipleOf": 5, "default": 5, "description": "Fives."}),
                "Must be a number, as the schema of this key says.",
            ),
            (
                json!({"anyOf": [{"type": "null"}, {"type": "number"}]}),
                "Must be a value that the schema of this key allows.",
            ),
        ] {
            let declaration = declaration.as_object().unwrap();
            assert_eq!(refusal(declaration), expected);
        }
    }
}
