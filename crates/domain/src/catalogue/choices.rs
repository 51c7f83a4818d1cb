//! The choices of a user: the only stored part of their settings.

use serde_json::{Map, Value};

use crate::canonical::canonical;
use crate::json_size::memory_bytes;

/// The approximate memory of an entry in bytes, without its name and value.
const ENTRY: usize = 48;

/// The values that a user chose, by name: dotted names of settings, or keys of preferences. Names and values that
/// are not in the catalogue are kept but have no effect.
///
/// Sorted by name, in one allocation of exact size: most users choose little, and rows are cached.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices(Box<[(Box<str>, Value)]>);

impl Choices {
    /// Reads what [`Self::to_stored`] returned.
    #[must_use]
    pub fn from_stored(stored: Map<String, Value>) -> Self {
        let canonical = |(name, value): (String, _)| (name.into_boxed_str(), canonical(value));
        let mut entries: Box<[_]> = stored.into_iter().map(canonical).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self(entries)
    }

    /// A flat object from name to value, for a store.
    #[must_use]
    pub fn to_stored(&self) -> Map<String, Value> {
        let entries = self.0.iter();
        entries
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect()
    }

    /// Whether there are no choices.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An upper estimate of the memory in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let entry = |(name, value): &(Box<str>, _)| ENTRY + name.len() + memory_bytes(value);
        self.0.iter().map(entry).sum()
    }

    /// The choice with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.0.get(self.position(name).ok()?)?;
        Some(value)
    }

    /// All choices by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Sets a choice.
    pub fn choose(&mut self, name: &str, value: Value) {
        let mut entries = std::mem::take(&mut self.0).into_vec();
        let entry = (name.into(), canonical(value));
        match entries.binary_search_by(|(known, _)| (**known).cmp(name)) {
            Ok(position) => {
                if let Some(slot) = entries.get_mut(position) {
                    *slot = entry;
                }
            }
            Err(position) => entries.insert(position, entry),
        }
        self.0 = entries.into_boxed_slice();
    }

    /// Removes the choice with this name and all choices below it (`theme` also removes `theme.mode`).
    pub fn forget(&mut self, name_or_group: &str) {
        let mut entries = std::mem::take(&mut self.0).into_vec();
        entries.retain(|(name, _)| {
            let rest = name.strip_prefix(name_or_group);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        self.0 = entries.into_boxed_slice();
    }

    /// Removes all choices.
    pub fn forget_all(&mut self) {
        *self = Self::default();
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn choices_are_what_a_map_would_be(
            changes in prop::collection::vec(("[ab](\\.[ab])?", prop::option::of(0..9_u8)), 0..30),
        ) {
            let (mut choices, mut map) = (Choices::default(), BTreeMap::new());
            for (name, value) in changes {
                if let Some(value) = value {
                    choices.choose(&name, value.into());
                    map.insert(name, Value::from(value));
                } else {
                    choices.forget(&name);
                    let below = format!("{name}.");
                    map.retain(|known, _| *known != name && !known.starts_with(&below));
                }
                let expected = map.iter().map(|(name, value)| (name.as_str(), value));
                prop_assert!(choices.iter().eq(expected));
                prop_assert!(map.keys().all(|name| choices.get(name) == map.get(name)));
                prop_assert_eq!(&Choices::from_stored(choices.to_stored()), &choices);
            }
        }
    }
}
