//! Cohorts: groups of users, set by an operator's service, that layers may apply to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Catalogue;

/// A cohort that a catalogue declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    pub(super) name: String,
    pub(super) description: String,
}

impl Cohort {
    /// The name in layers and requests.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The description.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

/// The cohorts of a user, each once, sorted by name. Names that the catalogue in force does not have are kept, and have
/// no effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Cohorts(Box<[Box<str>]>);

/// The maximum number of cohorts of a user.
pub const MOST_COHORTS_OF_A_USER: usize = 8;

impl Cohorts {
    /// The cohorts of these names.
    pub fn of<T: Into<Box<str>>>(names: impl IntoIterator<Item = T>) -> Self {
        let names: BTreeSet<Box<str>> = names.into_iter().map(Into::into).collect();
        Self(names.into_iter().collect())
    }

    /// The cohorts that [`Self::to_stored`] wrote.
    #[must_use]
    pub fn from_stored(stored: &Value) -> Self {
        let names = stored.as_array().into_iter().flatten();
        Self::of(names.filter_map(Value::as_str))
    }

    /// A list of names, for stores.
    #[must_use]
    pub fn to_stored(&self) -> Value {
        self.iter().collect()
    }

    /// Those that the catalogue declares.
    #[must_use]
    pub fn known_to(&self, catalogue: &Catalogue) -> Self {
        let declared = catalogue.cohorts();
        let is_known = |name: &&str| declared.iter().any(|it| it.name() == *name);
        Self::of(self.iter().filter(is_known))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// An upper estimate of their memory in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.0
            .iter()
            .map(|name| size_of_val(name) + name.len())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_cohort_is_there_once_in_order_of_names() {
        let cohorts = Cohorts::of(["staff", "minor", "staff"]);
        assert_eq!(cohorts.to_stored(), json!(["minor", "staff"]));
        assert_eq!(Cohorts::from_stored(&cohorts.to_stored()), cohorts);
        assert_eq!(Cohorts::from_stored(&json!([])), Cohorts::default());
    }
}
