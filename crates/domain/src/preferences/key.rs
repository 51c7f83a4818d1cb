//! One key of a preferences schema: its rule, its default, and how its values are read.

use chrono_tz::Tz;
use jsonschema::{Draft, PatternOptions, Validator};
use oxilangtag::LanguageTag;
use serde_json::{Map, Value};

use super::refusal::refusal;
use crate::canonical::canonical;

/// The `format` of a BCP 47 language tag; values are kept in canonical case (RFC 5646, 2.1.1).
pub(super) const BCP47: &str = "bcp47";
/// The `format` of a zone name of the IANA time zone database, case-sensitive.
pub(super) const IANA_TIME_ZONE: &str = "iana-time-zone";

/// Whether `name` can name a group or a key: 1 to 64 ASCII letters, digits, `_` and `-`, so that
/// dotted keys mean one thing.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A key that a user may set.
#[derive(Debug)]
pub(super) struct Key {
    /// The dotted path.
    pub path: String,
    pub default: Value,
    rule: Validator,
    is_language_tag: bool,
    refusal: String,
}

impl Key {
    /// Reads a key's declaration. `definitions` is what the schema keeps under `$defs`.
    pub fn declare(
        path: String,
        declaration: &Map<String, Value>,
        definitions: Option<&Value>,
    ) -> Result<Self, String> {
        if declaration
            .get("description")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err("has no description".to_owned());
        }
        let default = declaration
            .get("default")
            .cloned()
            .ok_or("has no default")?;
        let rule = compile(declaration, definitions)?;
        let is_language_tag = declaration
            .get("format")
            .is_some_and(|format| format == BCP47);
        let key = Self {
            path,
            default,
            rule,
            is_language_tag,
            refusal: refusal(declaration),
        };
        match key.parse(&key.default) {
            Ok(canonical) => Ok(Self {
                default: canonical,
                ..key
            }),
            Err(_) => Err(format!(
                "has a default that its own rule refuses: {}",
                key.default
            )),
        }
    }

    /// The value in its canonical form, or a sentence on what the key takes.
    pub fn parse(&self, value: &Value) -> Result<Value, String> {
        if contains_nul(value) {
            return Err("Null characters are not allowed.".to_owned());
        }
        if !self.allows(value) {
            return Err(self.refusal.clone());
        }
        if contains_too_large(value) {
            return Err("Numbers that large are not allowed.".to_owned());
        }
        match value.as_str() {
            Some(tag) if self.is_language_tag => LanguageTag::parse_and_normalize(tag)
                .map(|tag| tag.into_inner().into())
                .map_err(|_| self.refusal.clone()),
            _ => Ok(canonical(value.clone())),
        }
    }

    /// Whether the key's rule allows the value.
    pub fn allows(&self, value: &Value) -> bool {
        self.rule.is_valid(value)
    }
}

fn compile(
    declaration: &Map<String, Value>,
    definitions: Option<&Value>,
) -> Result<Validator, String> {
    let mut document = declaration.clone();
    if let Some(definitions) = definitions {
        document.insert("$defs".to_owned(), definitions.clone());
    }
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format(BCP47, |tag: &str| LanguageTag::parse(tag).is_ok())
        .with_format(IANA_TIME_ZONE, |name: &str| name.parse::<Tz>().is_ok())
        // Patterns come from the operator, values from anybody: no pattern may take exponential time.
        .with_pattern_options(PatternOptions::regex())
        .build(&Value::Object(document))
        .map_err(|error| format!("is not a JSON Schema: {error}"))
}

// PostgreSQL keeps no U+0000 in JSON; the stores shall not differ in what they take.
fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(contains_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || contains_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

// What is larger than any number that can be kept is read as the largest, which nobody meant.
fn contains_too_large(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|it| it.abs() >= f64::MAX),
        Value::Array(items) => items.iter().any(contains_too_large),
        Value::Object(members) => members.values().any(contains_too_large),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(declaration: &Value) -> Result<Key, String> {
        let mut declaration = declaration.as_object().unwrap().clone();
        declaration
            .entry("description")
            .or_insert(json!("A key for the test."));
        Key::declare("group.key".to_owned(), &declaration, None)
    }

    #[test]
    fn a_language_tag_is_kept_in_canonical_case() {
        let key = key(&json!({"type": "string", "format": "bcp47", "default": "EN"})).unwrap();
        assert_eq!(key.default, json!("en"));
        for (given, kept) in [
            ("pt-br", "pt-BR"),
            ("ZH-hant-tw", "zh-Hant-TW"),
            ("en", "en"),
            ("de-ch-1996", "de-CH-1996"),
        ] {
            assert_eq!(key.parse(&json!(given)), Ok(json!(kept)));
        }
        for wrong in [
            json!("en_US"),
            json!(""),
            json!("e"),
            json!("en--US"),
            json!(1),
            json!(null),
        ] {
            assert_eq!(
                key.parse(&wrong),
                Err("Must be a well-formed BCP 47 language tag.".to_owned()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_time_zone_is_a_name_of_the_iana_database() {
        let key =
            key(&json!({"type": "string", "format": "iana-time-zone", "default": "UTC"})).unwrap();
        for name in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+3",
            "Asia/Kolkata",
        ] {
            assert!(key.parse(&json!(name)).is_ok(), "{name}");
        }
        for wrong in [
            json!("Mars/Phobos"),
            json!("europe/berlin"),
            json!("+02:00"),
            json!(2),
        ] {
            assert!(key.parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_value_holds_a_null_character() {
        let key = key(&json!({"default": ""})).unwrap();
        for value in [json!("a\0"), json!(["\0"]), json!({"\0": 1})] {
            assert_eq!(
                key.parse(&value),
                Err("Null characters are not allowed.".to_owned())
            );
        }
    }

    #[test]
    fn no_number_is_larger_than_can_be_kept() {
        let key = key(&json!({"default": 0})).unwrap();
        for value in [json!(f64::MAX), json!([{"a": f64::MIN}])] {
            let refusal = Err("Numbers that large are not allowed.".to_owned());
            assert_eq!(key.parse(&value), refusal);
        }
        assert!(key.parse(&json!(1e308)).is_ok());
    }

    #[test]
    fn a_declaration_without_description_or_with_a_wrong_default_or_rule_is_refused() {
        for (declaration, complaint) in [
            (
                json!({"description": "", "type": "boolean", "default": true}),
                "has no description",
            ),
            (json!({"type": "boolean"}), "has no default"),
            (
                json!({"type": "boolean", "default": "yes"}),
                "has a default that its own rule refuses",
            ),
            (
                json!({"type": "flag", "default": "yes"}),
                "is not a JSON Schema",
            ),
            (
                json!({"type": "string", "format": "colour", "default": "red"}),
                "is not a JSON Schema",
            ),
            (
                json!({"type": "string", "pattern": "(", "default": "red"}),
                "is not a JSON Schema",
            ),
        ] {
            let error = key(&declaration).unwrap_err();
            assert!(error.starts_with(complaint), "{error}");
        }
    }
}
