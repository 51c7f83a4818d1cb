//! The choices of a user: the only stored part of their settings.

mod choice;
mod json;

use serde_json::{Map, Value};

use choice::Choice;
pub(super) use choice::expect_often;

/// The values that a user chose, by name: dotted names of settings, or keys of preferences. Names and values that
/// are not in the catalogue are kept but have no effect.
///
/// Sorted by name, in one allocation of exact size: most users choose little, and rows are cached.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices(Box<[Choice]>);

impl Choices {
    /// Reads what [`Self::to_stored`] returned.
    #[must_use]
    pub fn from_stored(stored: Map<String, Value>) -> Self {
        let choice = |(name, value): (String, _)| Choice::new(&name, value);
        Self::of(stored.into_iter().map(choice).collect())
    }

    /// Of choices in any order, of which none has the name of another.
    fn of(mut choices: Vec<Choice>) -> Self {
        choices.sort_unstable_by(|one, other| one.name().cmp(other.name()));
        Self(choices.into_boxed_slice())
    }

    /// A flat object from name to value, for a store.
    #[must_use]
    pub fn to_stored(&self) -> Map<String, Value> {
        let entries = self.iter();
        entries
            .map(|(name, value)| (name.to_owned(), value.clone()))
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
        self.0.iter().map(Choice::memory_bytes).sum()
    }

    /// The choice with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        Some(self.0.get(self.position(name).ok()?)?.value())
    }

    /// All choices by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|choice| (choice.name(), choice.value()))
    }

    /// Sets a choice.
    pub fn choose(&mut self, name: &str, value: Value) {
        let position = self.position(name);
        let mut choices = std::mem::take(&mut self.0).into_vec();
        let choice = Choice::new(name, value);
        match position {
            Ok(position) => {
                if let Some(slot) = choices.get_mut(position) {
                    *slot = choice;
                }
            }
            Err(position) => choices.insert(position, choice),
        }
        self.0 = choices.into_boxed_slice();
    }

    /// Removes the choice with this name and all choices below it (`theme` also removes `theme.mode`).
    pub fn forget(&mut self, name_or_group: &str) {
        let mut choices = std::mem::take(&mut self.0).into_vec();
        choices.retain(|choice| {
            let rest = choice.name().strip_prefix(name_or_group);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        self.0 = choices.into_boxed_slice();
    }

    /// Removes all choices.
    pub fn forget_all(&mut self) {
        *self = Self::default();
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|choice| choice.name().cmp(name))
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
                let text = serde_json::to_string(&choices).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Choices>(&text).unwrap(), &choices);
            }
        }
    }
}
