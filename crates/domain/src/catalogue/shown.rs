//! The values of a family in force for a user, and their hash.

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::cohorts::Cohorts;
use super::family::Family;
use super::hash::Fnv1a;
use super::in_force::value_in_force;
use super::setting::member;

impl Catalogue {
    /// The settings of a family with the values in force for a user: the name within the family, and the value.
    /// Names and order are always the same. `choices` are those of the family.
    #[must_use]
    pub fn shown<'a>(
        &'a self,
        family: Family,
        choices: &'a Choices,
        cohorts: &Cohorts,
    ) -> Vec<(&'a str, &'a Value)> {
        if family == Family::Preferences {
            return self.preferences_in_force(choices, cohorts).collect();
        }
        let layered = self.layered(cohorts);
        let shown = self.family(family).map(|(index, setting)| {
            let value = value_in_force(&layered, index, setting, choices);
            (setting.key(), setting.value(value))
        });
        shown.collect()
    }

    /// Appends the settings that [`Self::shown`] returns to the text, each as a member of a JSON object with a comma
    /// behind it. Returns the hash that [`Self::hash_of_shown`] returns. The members are prepared, and each choice is
    /// looked up once.
    pub(crate) fn write_members(
        &self,
        family: Family,
        choices: &Choices,
        cohorts: &Cohorts,
        text: &mut String,
    ) -> u64 {
        if family == Family::Preferences {
            for (key, value) in self.preferences_in_force(choices, cohorts) {
                text.push_str(&member(key, value));
            }
            return self.hash_of_shown(family, choices, cohorts);
        }
        let mut hash = Fnv1a::default();
        let layered = self.layered(cohorts);
        for (index, setting) in self.family(family) {
            let value = value_in_force(&layered, index, setting, choices);
            hash.write_hash(setting.hash(value));
            text.push_str(setting.member(value));
        }
        hash.finish()
    }

    /// A hash that changes when the content of a family changes for a user, for any reason.
    #[must_use]
    pub fn hash_of_shown(&self, family: Family, choices: &Choices, cohorts: &Cohorts) -> u64 {
        let mut hash = Fnv1a::default();
        if family == Family::Preferences {
            for (key, value) in self.preferences_in_force(choices, cohorts) {
                hash.write(key.as_bytes());
                hash.write(value.to_string().as_bytes());
            }
            return hash.finish();
        }
        let layered = self.layered(cohorts);
        for (index, setting) in self.family(family) {
            hash.write_hash(setting.hash(value_in_force(&layered, index, setting, choices)));
        }
        hash.finish()
    }
}
