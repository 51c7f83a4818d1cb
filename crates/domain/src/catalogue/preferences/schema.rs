//! The schema that defines the preferences: a JSON Schema (draft 2020-12) of groups and keys.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::super::choices::Choices;
use super::super::hash::Fnv1a;
use super::key::{Key, is_key_name};

const BUILT_IN: &str = include_str!("default_schema.json");
/// Leaves room for `preferences.` before it in the dotted name of a setting.
const LONGEST_PATH: usize = 200;
/// The keywords that a group may have besides its keys. Rules across keys would not be enforced, so they are
/// refused.
const GROUP_KEYWORDS: [&str; 9] = [
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "title",
    "description",
    "type",
    "properties",
    "additionalProperties",
];

/// The preferences, their valid values and their defaults.
///
/// A *group* is an object with `properties`; everything else is a *key*, with a `description` and a `default` that
/// its rule allows. In addition to the formats of JSON Schema there are `bcp47` and `iana-time-zone`.
#[derive(Debug)]
pub struct PreferencesSchema {
    keys: Vec<Key>,
    by_path: HashMap<String, usize>,
    groups: BTreeSet<String>,
    document: Value,
}

/// Why a schema is invalid. Contains the name of the key, never a user's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct InvalidSchema {
    at: String,
    problem: String,
}

impl PreferencesSchema {
    /// The built-in schema.
    ///
    /// # Panics
    /// Never: the document is part of the program, and a test reads it.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the built-in document is fixed at compile time and tested"
    )]
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the built-in schema is valid")
    }

    /// Parses a schema from the text of a JSON document.
    pub fn parse(text: &str) -> Result<Self, InvalidSchema> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| invalid("the file", format!("is not JSON: {error}")))?;
        let root = document
            .as_object()
            .ok_or_else(|| invalid("the file", "is not a JSON object"))?;
        if !root.get("properties").is_some_and(Value::is_object) {
            return Err(invalid("the file", "has no properties"));
        }
        let mut declared = Declared {
            definitions: root.get("$defs"),
            keys: Vec::new(),
            groups: BTreeSet::new(),
        };
        declared.read_group("", root)?;
        let Declared { keys, groups, .. } = declared;
        let by_path = keys
            .iter()
            .enumerate()
            .map(|(index, key)| (key.path.clone(), index))
            .collect();
        Ok(Self {
            keys,
            by_path,
            groups,
            document,
        })
    }

    /// The JSON Schema as it was given.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The default of each key, in the order of the schema.
    pub fn defaults(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.keys
            .iter()
            .map(|key| (key.path.as_str(), &key.default))
    }

    /// The definition of a key as it was given.
    #[must_use]
    pub fn declaration(&self, path: &str) -> Option<&Map<String, Value>> {
        let declared = path.split('.').try_fold(&self.document, |group, name| {
            group
                .get("properties")
                .and_then(|members| members.get(name))
        });
        declared.and_then(Value::as_object)
    }

    /// All keys with the values in force for the user, in the order of the schema: the choice if the rule still
    /// allows it, otherwise the default.
    pub fn effective<'a>(
        &'a self,
        chosen: &'a Choices,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.keys.iter().map(|key| {
            let value = chosen.get(&key.path).filter(|value| key.allows(value));
            (key.path.as_str(), value.unwrap_or(&key.default))
        })
    }

    /// A hash of the values in force. It also changes with the schema.
    #[must_use]
    pub(crate) fn hash(&self, chosen: &Choices) -> u64 {
        let mut hash = Fnv1a::default();
        for (key, value) in self.effective(chosen) {
            hash.write(key.as_bytes());
            hash.write(value.to_string().as_bytes());
        }
        hash.finish()
    }

    /// The same values as a tree of groups.
    #[must_use]
    pub fn effective_tree(&self, chosen: &Choices) -> Value {
        let mut tree = Map::new();
        for (path, value) in self.effective(chosen) {
            let mut group = &mut tree;
            let (groups, name) = path.rsplit_once('.').unwrap_or(("", path));
            for part in groups.split('.').filter(|part| !part.is_empty()) {
                let slot = group
                    .entry(part)
                    .or_insert_with(|| Value::Object(Map::new()));
                let Value::Object(next) = slot else {
                    unreachable_group(part)
                };
                group = next;
            }
            group.insert(name.to_owned(), value.clone());
        }
        Value::Object(tree)
    }

    pub(super) fn key(&self, path: &str) -> Option<&Key> {
        self.by_path
            .get(path)
            .and_then(|index| self.keys.get(*index))
    }

    pub(super) fn is_group(&self, path: &str) -> bool {
        self.groups.contains(path)
    }
}

#[expect(
    clippy::unreachable,
    reason = "a path is a group or a key, never both: both come from one object's members"
)]
fn unreachable_group(part: &str) -> ! {
    unreachable!("{part} is both a group and a key")
}

fn invalid(at: &str, problem: impl Into<String>) -> InvalidSchema {
    InvalidSchema {
        at: at.to_owned(),
        problem: problem.into(),
    }
}

struct Declared<'a> {
    definitions: Option<&'a Value>,
    keys: Vec<Key>,
    groups: BTreeSet<String>,
}

impl Declared<'_> {
    fn read_group(&mut self, path: &str, group: &Map<String, Value>) -> Result<(), InvalidSchema> {
        let shown = if path.is_empty() {
            "the top level"
        } else {
            path
        };
        if let Some(keyword) = group
            .keys()
            .find(|keyword| !GROUP_KEYWORDS.contains(&keyword.as_str()))
        {
            return Err(invalid(
                shown,
                format!("{keyword} cannot be used on a group; rules belong to keys"),
            ));
        }
        if group.get("type").is_some_and(|kind| kind != "object") {
            return Err(invalid(shown, "has properties, so its type must be object"));
        }
        let members = group.get("properties").and_then(Value::as_object);
        for (name, declaration) in members.into_iter().flatten() {
            self.read_member(join(path, name), name, declaration)?;
        }
        Ok(())
    }

    fn read_member(
        &mut self,
        path: String,
        name: &str,
        declaration: &Value,
    ) -> Result<(), InvalidSchema> {
        if !is_key_name(name) {
            return Err(invalid(
                &path,
                "a name is 1 to 64 ASCII letters, digits, _ and -",
            ));
        }
        if path.len() > LONGEST_PATH {
            return Err(invalid(
                &path,
                format!("is longer than {LONGEST_PATH} characters"),
            ));
        }
        let declaration = declaration
            .as_object()
            .ok_or_else(|| invalid(&path, "is not an object"))?;
        if declaration.get("properties").is_some_and(Value::is_object)
            && !declaration.contains_key("default")
        {
            self.read_group(&path, declaration)?;
            self.groups.insert(path);
        } else {
            let key = Key::declare(path.clone(), declaration, self.definitions);
            self.keys
                .push(key.map_err(|problem| invalid(&path, problem))?);
        }
        Ok(())
    }
}

pub(super) fn join(group: &str, name: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{group}.{name}")
    }
}

#[cfg(test)]
mod tests;
