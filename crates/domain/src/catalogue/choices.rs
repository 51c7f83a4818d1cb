//! What a user chose: all that is stored of their settings.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::canonical::canonical;
use crate::json_size::memory_bytes;

/// What an entry takes in memory besides its name's and its value's own, in bytes: about.
const ENTRY: usize = 64;

/// The values that a user chose, by name: dotted names of settings, or keys of preferences. May hold names and
/// values that the catalogue in force does not know: they are kept, and have no effect.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices(BTreeMap<String, Value>);

impl Choices {
    /// What a store kept, as [`Self::to_stored`] gave it.
    #[must_use]
    pub fn from_stored(stored: Map<String, Value>) -> Self {
        let canonical = |(name, value)| (name, canonical(value));
        Self(stored.into_iter().map(canonical).collect())
    }

    /// A flat object from name to value, for a store to keep.
    #[must_use]
    pub fn to_stored(&self) -> Map<String, Value> {
        let entries = self.0.iter();
        entries
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Whether nothing was chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they take in memory, in bytes: an estimate, rather too high.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let entry = |(name, value): (&String, _)| ENTRY + name.len() + memory_bytes(value);
        self.0.iter().map(entry).sum()
    }

    /// What was chosen by that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Every choice, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Chooses a value, in place of what was chosen before.
    pub fn choose(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), canonical(value));
    }

    /// Takes back the choice of that name, and every choice below it (`theme` takes back `theme.mode`).
    pub fn forget(&mut self, name_or_group: &str) {
        self.0.retain(|name, _| {
            let rest = name.strip_prefix(name_or_group);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
    }

    /// Takes back every choice.
    pub fn forget_all(&mut self) {
        self.0.clear();
    }
}
