//! Parses a change of preferences: a part of the tree, dotted keys, or keys to reset.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::choices::Choices;
use super::PreferencesSchema;
use super::schema::join;
use crate::FieldError;

/// The choices to set and to remove. Contains only valid values in canonical form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PreferencesUpdate {
    everything: bool,
    // By dotted path: the value of a key, or None to reset a key or a whole group.
    wanted: BTreeMap<String, Option<Value>>,
}

/// Why a change is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidUpdate {
    /// The body is not an object.
    NotAnObject,
    /// All unknown keys and invalid values.
    Keys(Vec<FieldError>),
}

impl PreferencesUpdate {
    /// Resets everything, including choices that are not in the schema.
    #[must_use]
    pub fn reset_all() -> Self {
        Self {
            everything: true,
            wanted: BTreeMap::new(),
        }
    }

    /// Applies the change to the user's choices.
    pub fn apply(&self, choices: &mut Choices) {
        if self.everything {
            choices.forget_all();
        }
        for (path, value) in &self.wanted {
            match value {
                Some(value) => choices.choose(path, value.clone()),
                None => choices.forget(path),
            }
        }
    }
}

impl PreferencesSchema {
    /// Parses a change: any part of the tree, dotted keys at any level, `null` to reset a key or a group. A key
    /// that is given twice, or together with `null` for its group, is an error.
    pub fn parse_update(&self, body: &Value) -> Result<PreferencesUpdate, InvalidUpdate> {
        let members = body.as_object().ok_or(InvalidUpdate::NotAnObject)?;
        let mut reading = Reading {
            schema: self,
            wanted: BTreeMap::new(),
            errors: Vec::new(),
        };
        reading.read("", members);
        reading.refuse_overlaps();
        reading.finish()
    }

    /// Parses the names of keys and groups to reset.
    pub fn parse_reset(&self, names: &[String]) -> Result<PreferencesUpdate, InvalidUpdate> {
        let unknown: BTreeSet<_> = names
            .iter()
            .filter(|name| self.key(name).is_none() && !self.is_group(name))
            .collect();
        if unknown.is_empty() {
            let wanted = names.iter().map(|name| (name.clone(), None)).collect();
            Ok(PreferencesUpdate {
                everything: false,
                wanted,
            })
        } else {
            Err(InvalidUpdate::Keys(
                unknown.into_iter().map(unknown_key).collect(),
            ))
        }
    }
}

fn unknown_key(path: &String) -> FieldError {
    FieldError::new(path, "Unknown preference.")
}

struct Reading<'a> {
    schema: &'a PreferencesSchema,
    wanted: BTreeMap<String, Option<Value>>,
    errors: Vec<FieldError>,
}

impl Reading<'_> {
    fn read(&mut self, group: &str, members: &Map<String, Value>) {
        for (name, value) in members {
            self.read_member(join(group, name), value);
        }
    }

    fn read_member(&mut self, path: String, value: &Value) {
        if value.is_null() && (self.schema.key(&path).is_some() || self.schema.is_group(&path)) {
            self.want(path, None);
        } else if let Some(key) = self.schema.key(&path) {
            match key.parse(value) {
                Ok(value) => self.want(path, Some(value)),
                Err(message) => self.errors.push(FieldError::new(path, message)),
            }
        } else if self.schema.is_group(&path) {
            match value {
                Value::Object(members) => self.read(&path, members),
                _ => self
                    .errors
                    .push(FieldError::new(path, "Must be an object.")),
            }
        } else {
            self.errors.push(unknown_key(&path));
        }
    }

    fn want(&mut self, path: String, value: Option<Value>) {
        match self.wanted.entry(path) {
            Entry::Occupied(taken) => self.errors.push(given_twice(taken.key())),
            Entry::Vacant(free) => {
                free.insert(value);
            }
        }
    }

    fn refuse_overlaps(&mut self) {
        for path in self.wanted.keys() {
            let mut group = path.as_str();
            while let Some((parent, _)) = group.rsplit_once('.') {
                if self.wanted.contains_key(parent) {
                    self.errors.push(given_twice(path));
                }
                group = parent;
            }
        }
    }

    fn finish(self) -> Result<PreferencesUpdate, InvalidUpdate> {
        if self.errors.is_empty() {
            Ok(PreferencesUpdate {
                everything: false,
                wanted: self.wanted,
            })
        } else {
            Err(InvalidUpdate::Keys(self.errors))
        }
    }
}

fn given_twice(path: &str) -> FieldError {
    FieldError::new(path, "Given more than once.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    impl PreferencesUpdate {
        fn applied_to(&self, choices: &Choices) -> Choices {
            let mut choices = choices.clone();
            self.apply(&mut choices);
            choices
        }
    }

    fn after(bodies: &[Value]) -> Value {
        let schema = PreferencesSchema::built_in();
        let chosen = bodies.iter().fold(Choices::default(), |chosen, body| {
            schema.parse_update(body).unwrap().applied_to(&chosen)
        });
        Value::Object(chosen.to_stored())
    }

    fn errors(body: &Value) -> Vec<String> {
        match PreferencesSchema::built_in()
            .parse_update(body)
            .unwrap_err()
        {
            InvalidUpdate::NotAnObject => vec!["no object".to_owned()],
            InvalidUpdate::Keys(errors) => errors
                .into_iter()
                .map(|error| format!("{}: {}", error.field, error.message))
                .collect(),
        }
    }

    #[test]
    fn a_part_of_the_tree_and_dotted_keys_mean_the_same() {
        let nested = after(&[json!({"theme": {"mode": "dark"}, "locale": {"language": "PT-br"}})]);
        let dotted = after(&[json!({"theme.mode": "dark", "locale.language": "pt-BR"})]);
        assert_eq!(nested, dotted);
        assert_eq!(
            nested,
            json!({"locale.language": "pt-BR", "theme.mode": "dark"})
        );
    }

    #[test]
    fn null_puts_a_key_or_a_whole_group_back() {
        let chosen =
            json!({"theme": {"mode": "dark", "accent_color": "#000000"}, "locale.language": "de"});
        assert_eq!(
            after(&[chosen.clone(), json!({"theme": {"mode": null}})]),
            json!({"locale.language": "de", "theme.accent_color": "#000000"})
        );
        assert_eq!(
            after(&[
                chosen.clone(),
                json!({"theme.mode": null, "theme.accent_color": null})
            ]),
            json!({"locale.language": "de"})
        );
        assert_eq!(
            after(&[chosen, json!({"theme": null})]),
            json!({"locale.language": "de"})
        );
    }

    #[test]
    fn choosing_the_value_of_the_default_is_kept_as_a_choice() {
        assert_eq!(
            after(&[json!({"theme.mode": "system"})]),
            json!({"theme.mode": "system"})
        );
        assert_eq!(after(&[json!({})]), json!({}));
    }

    #[test]
    fn a_key_given_both_ways_is_an_error() {
        assert_eq!(
            errors(&json!({"theme": {"mode": "dark"}, "theme.mode": "dark"})),
            ["theme.mode: Given more than once."]
        );
        assert_eq!(
            errors(&json!({"theme": null, "theme.mode": "dark"})),
            ["theme.mode: Given more than once."]
        );
    }

    #[test]
    fn every_error_is_told_at_once_by_its_dotted_path() {
        let body = json!({"theme": {"mode": "sepia", "font": "x"}, "notifications": [], "extra": {"a": 1}, "locale.timezone": 3});
        assert_eq!(
            errors(&body),
            [
                "theme.mode: Must be one of: light, dark, system.",
                "theme.font: Unknown preference.",
                "notifications: Must be an object.",
                "extra: Unknown preference.",
                "locale.timezone: Must be the name of an IANA time zone.",
            ]
        );
        assert_eq!(errors(&json!([])), ["no object"]);
    }

    #[test]
    fn a_reset_names_keys_and_groups_and_refuses_unknown_ones() {
        let schema = PreferencesSchema::built_in();
        let chosen = schema
            .parse_update(&json!({"theme": {"mode": "dark"}, "locale": {"language": "de", "time_format": "12h"}}))
            .unwrap()
            .applied_to(&Choices::default());
        let names = [
            "theme".to_owned(),
            "locale.language".to_owned(),
            "theme".to_owned(),
        ];
        let reset = schema.parse_reset(&names).unwrap().applied_to(&chosen);
        assert_eq!(
            Value::Object(reset.to_stored()),
            json!({"locale.time_format": "12h"})
        );
        let error = schema
            .parse_reset(&["theme".to_owned(), "them".to_owned()])
            .unwrap_err();
        assert_eq!(
            error,
            InvalidUpdate::Keys(vec![FieldError::new("them", "Unknown preference.")])
        );
    }

    #[test]
    fn a_reset_of_all_forgets_what_the_schema_no_longer_knows() {
        let stored = json!({"gone.key": 1, "theme.mode": "dark"});
        let chosen = Choices::from_stored(stored.as_object().unwrap().clone());
        assert_eq!(
            PreferencesUpdate::reset_all().applied_to(&chosen),
            Choices::default()
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let names = prop_oneof![
            "[a-z.]{0,8}",
            Just("theme".to_owned()),
            Just("theme.mode".to_owned()),
            Just("mode".to_owned())
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            Just(json!("dark")),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((names.clone(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_taken_shows_and_taking_it_again_changes_nothing(body in any_json()) {
            let schema = PreferencesSchema::built_in();
            if let Ok(update) = schema.parse_update(&body) {
                let once = update.applied_to(&Choices::default());
                prop_assert_eq!(&update.applied_to(&once), &once);
                for (key, value) in schema.effective(&once) {
                    prop_assert!(once.get(key).is_none_or(|chosen| chosen == value));
                }
            }
        }
    }
}
