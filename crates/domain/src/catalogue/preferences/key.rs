//! A key of a preferences schema: its rule, its default, and the parsing of its values.

use chrono_tz::Tz;
use jsonschema::{Draft, PatternOptions, Validator};
use oxilangtag::LanguageTag;
use serde_json::{Map, Value};

use super::bounds;
use super::formats::{BCP47, IANA_TIME_ZONE};
use super::refusal::refusal;
use crate::canonical::canonical;

/// Whether `name` is a valid name of a group or key: 1 to 64 ASCII letters, digits, `_` and `-`, so that dotted
/// keys are unambiguous.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The maximum length of a member name within a value, in bytes.
const LONGEST_NAME: usize = 128;

/// A key that a user may set.
#[derive(Debug)]
pub(super) struct Key {
    /// The dotted path.
    pub path: String,
    pub default: Value,
    rule: Validator,
    is_language_tag: bool,
    is_integer: bool,
    refusal: String,
}

impl Key {
    /// Parses the definition of a key. `definitions` is the content of `$defs`.
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
            is_integer: declaration
                .get("type")
                .is_some_and(|kind| kind == "integer"),
            refusal: refusal(declaration),
        };
        match key.parse(&key.default) {
            Ok(canonical) => {
                bounds::check(declaration, definitions)?;
                Ok(Self {
                    default: canonical,
                    ..key
                })
            }
            Err(_) => Err(format!(
                "has a default that its own rule refuses: {}",
                key.default
            )),
        }
    }

    /// The value in canonical form, or an error message with the valid values.
    pub fn parse(&self, value: &Value) -> Result<Value, String> {
        if contains_nul(value) {
            return Err("Null characters are not allowed.".to_owned());
        }
        if self.is_integer && bounds::is_beyond_64_bits(value) {
            return Err("Must be an integer that 64 bits can hold.".to_owned());
        }
        if !self.allows(value) {
            return Err(self.refusal.clone());
        }
        if contains_long_name(value) {
            return Err(format!(
                "Names of members must be of at most {LONGEST_NAME} bytes."
            ));
        }
        match value.as_str() {
            Some(tag) if self.is_language_tag => LanguageTag::parse_and_normalize(tag)
                .map(|tag| tag.into_inner().into())
                .map_err(|_| self.refusal.clone()),
            _ => Ok(canonical(value.clone())),
        }
    }

    /// Whether the rule of the key allows the value.
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
    let mut document = Value::Object(document);
    bounds::bound_integers(&mut document);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format(BCP47, |tag: &str| LanguageTag::parse(tag).is_ok())
        .with_format(IANA_TIME_ZONE, |name: &str| name.parse::<Tz>().is_ok())
        // Patterns come from the operator, values from users: no pattern may take exponential time.
        .with_pattern_options(PatternOptions::regex())
        .build(&document)
        .map_err(|error| format!("is not a JSON Schema: {error}"))
}

// PostgreSQL cannot store U+0000 in JSON, and both stores must accept the same values.
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

// A schema bounds values and numbers of members, but rarely their names.
fn contains_long_name(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(contains_long_name),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.len() > LONGEST_NAME || contains_long_name(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
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
        let key =
            key(&json!({"type": "string", "format": "bcp47", "maxLength": 128, "default": "EN"}))
                .unwrap();
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
                Err(
                    "Must be a well-formed BCP 47 language tag, of at most 128 characters."
                        .to_owned()
                ),
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

    /// A key that accepts values of each type, to some depth.
    fn key_of_any_kind() -> Key {
        let kinds = json!(["null", "boolean", "number", "string", "array", "object"]);
        let mut rule = json!({"type": "null"});
        for _ in 0..3 {
            rule = json!({"type": kinds, "maxLength": 9, "maxItems": 9, "items": rule,
                "maxProperties": 9, "additionalProperties": rule});
        }
        rule["default"] = json!(0);
        key(&rule).unwrap()
    }

    #[test]
    fn no_value_holds_a_null_character() {
        let key = key_of_any_kind();
        for value in [json!("a\0"), json!(["\0"]), json!({"\0": null})] {
            assert_eq!(
                key.parse(&value),
                Err("Null characters are not allowed.".to_owned())
            );
        }
    }

    #[test]
    fn a_name_within_a_value_is_no_longer_than_any_that_somebody_needs() {
        let key = key_of_any_kind();
        assert!(key.parse(&json!({"n".repeat(128): 1})).is_ok());
        for value in [json!({"n".repeat(129): 1}), json!([{"n".repeat(129): 1}])] {
            let refusal = "Names of members must be of at most 128 bytes.".to_owned();
            assert_eq!(key.parse(&value), Err(refusal), "{value}");
        }
    }

    #[test]
    fn an_integer_is_one_that_64_bits_hold_and_a_number_any_that_a_double_holds() {
        let integer = key(&json!({"type": "integer", "default": 0})).unwrap();
        for (given, kept) in [
            (json!(i64::MAX), json!(i64::MAX)),
            (json!(i64::MIN), json!(i64::MIN)),
            (json!(5.0), json!(5)),
        ] {
            assert_eq!(integer.parse(&given), Ok(kept));
        }
        let number = key(&json!({"type": "number", "default": 0})).unwrap();
        for value in [
            json!(9_223_372_036_854_775_808_u64),
            json!(u64::MAX),
            json!(9_223_372_036_854_775_808.0),
            json!(1e19),
            json!(-1e19),
            json!(-9_223_372_036_854_775_808.0),
            json!(f64::MAX),
        ] {
            let refusal = "Must be an integer that 64 bits can hold.".to_owned();
            assert_eq!(integer.parse(&value), Err(refusal), "{value}");
            assert!(number.parse(&value).is_ok(), "{value}");
        }
        assert_eq!(
            integer.parse(&json!(0.5)),
            Err("Must be an integer.".to_owned())
        );
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
                json!({"type": "string", "default": "yes"}),
                "allows texts of any length; give it maxLength",
            ),
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
