//! Preferences: what a user chose of the keys that a schema declares. The schema is data, see
//! [`PreferencesSchema`]; nothing here knows any key by name.

mod bounds;
mod key;
mod refusal;
mod schema;
mod update;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use key::is_key_name;
pub use schema::{InvalidSchema, PreferencesSchema};
pub use update::{InvalidUpdate, PreferencesUpdate};

use crate::canonical::canonical;
use crate::json_size::memory_bytes;
use crate::user::{SettingsFamily, User, Versioned};

/// What an entry takes in memory besides its key's and its value's own, in bytes: about.
const ENTRY: usize = 64;

/// The values a user chose, by dotted key. May hold keys and values that the present schema no longer
/// knows: they are kept, and show as the default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChosenPreferences(BTreeMap<String, Value>);

impl ChosenPreferences {
    /// What a store kept, as [`Self::to_stored`] gave it.
    #[must_use]
    pub fn from_stored(stored: Map<String, Value>) -> Self {
        let canonical = |(key, value)| (key, canonical(value));
        Self(stored.into_iter().map(canonical).collect())
    }

    /// A flat object from dotted key to value, for a store to keep.
    #[must_use]
    pub fn to_stored(&self) -> Map<String, Value> {
        self.0
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// What they take in memory, in bytes: about, and rather too much.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let entry = |(key, value): (&String, _)| ENTRY + key.len() + memory_bytes(value);
        self.0.iter().map(entry).sum()
    }

    /// The value chosen for a dotted key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    fn choose(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// Forgets the choice for a key, or for every key of a group.
    fn forget(&mut self, key_or_group: &str) {
        self.0.retain(|key, _| {
            let rest = key.strip_prefix(key_or_group);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
    }

    fn forget_all(&mut self) {
        self.0.clear();
    }
}

impl SettingsFamily for ChosenPreferences {
    const NAME: &'static str = "preferences";
    type Rules = PreferencesSchema;

    fn slot(user: &User) -> &Versioned<Self> {
        &user.preferences
    }

    fn slot_mut(user: &mut User) -> &mut Versioned<Self> {
        &mut user.preferences
    }

    fn shown(&self, schema: &PreferencesSchema) -> Vec<(Cow<'static, str>, Value)> {
        schema
            .effective(self)
            .map(|(key, value)| (Cow::Owned(key.to_owned()), value.clone()))
            .collect()
    }

    // Another default shows another value to whoever never chose, without any change of their row.
    fn rules_print(&self, schema: &PreferencesSchema) -> Option<u64> {
        let mut print = Fnv1a::default();
        for (key, value) in schema.effective(self) {
            print.write(key.as_bytes());
            print.write(value.to_string().as_bytes());
        }
        Some(print.0)
    }
}

/// FNV-1a, 64 bits: the same on every replica and in every release, as the standard library's
/// hasher is not.
struct Fnv1a(u64);

impl Default for Fnv1a {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv1a {
    fn write(&mut self, bytes: &[u8]) {
        // The zero keeps ("ab", "c") and ("a", "bc") apart.
        for byte in bytes.iter().chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
