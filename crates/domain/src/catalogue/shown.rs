//! The values of a family in force for a user, and their hash.

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::effective::in_force;
use super::family::Family;
use super::hash::Fnv1a;

impl Catalogue {
    /// The settings of a family with the values in force for a user: the name within the family, and the value.
    /// Names and order are always the same. `choices` are those of the family.
    #[must_use]
    pub fn shown<'a>(&'a self, family: Family, choices: &'a Choices) -> Vec<(&'a str, &'a Value)> {
        if family == Family::Preferences {
            return self.preferences.effective(choices).collect();
        }
        self.shown_with_hash(family, choices).0
    }

    /// The same, and the hash that [`Self::hash_of_shown`] returns, with one lookup of each choice.
    pub(crate) fn shown_with_hash<'a>(
        &'a self,
        family: Family,
        choices: &'a Choices,
    ) -> (Vec<(&'a str, &'a Value)>, u64) {
        if family == Family::Preferences {
            let shown = self.preferences.effective(choices).collect();
            return (shown, self.preferences.hash(choices));
        }
        let mut hash = Fnv1a::default();
        let mut shown = Vec::with_capacity(self.settings.len());
        for (_, setting) in self.family(family) {
            let value = in_force(setting, choices);
            hash.write_hash(setting.hash(value));
            shown.push((setting.key(), setting.value(value)));
        }
        (shown, hash.finish())
    }

    /// A hash that changes when the content of a family changes for a user, for any reason.
    #[must_use]
    pub fn hash_of_shown(&self, family: Family, choices: &Choices) -> u64 {
        if family == Family::Preferences {
            return self.preferences.hash(choices);
        }
        let mut hash = Fnv1a::default();
        for (_, setting) in self.family(family) {
            hash.write_hash(setting.hash(in_force(setting, choices)));
        }
        hash.finish()
    }
}
