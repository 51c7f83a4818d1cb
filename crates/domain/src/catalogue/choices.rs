//! What a user chose: all that is stored of their settings.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::canonical::canonical;

/// The values that a user chose, by the settings' dotted names. May hold settings and values that the present
/// catalogue does not know: they are kept, and have no effect.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices(BTreeMap<String, Value>);

impl Choices {
    /// What a store kept, as [`Self::to_stored`] gave it.
    #[must_use]
    pub fn from_stored(stored: Map<String, Value>) -> Self {
        let canonical = |(name, value)| (name, canonical(value));
        Self(stored.into_iter().map(canonical).collect())
    }

    /// A flat object from dotted name to value, for a store to keep.
    #[must_use]
    pub fn to_stored(&self) -> Map<String, Value> {
        let entries = self.0.iter();
        entries
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// What was chosen for a setting.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Every choice, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Chooses a value for a setting, in place of what was chosen before.
    pub fn choose(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), canonical(value));
    }

    /// Takes a choice back. Returns whether there was one.
    pub fn forget(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }
}
