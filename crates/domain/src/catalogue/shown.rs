//! What a user is shown of a family: the values in force, and their hash.

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::cohorts::Cohorts;
use super::family::Family;
use super::hash::Fnv1a;
use super::in_force::value_in_force;

impl Catalogue {
    /// The settings of a family with the values in force for a user: the name within the family, and the value. Always
    /// the same names in the same order. `choices` are the family's.
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
        let settings = self.family(family);
        settings
            .map(|(index, setting)| {
                let value = value_in_force(&layered, index, setting, choices);
                (setting.key(), setting.value(value))
            })
            .collect()
    }

    /// A number that differs where a user is shown something else of a family, whoever changed it.
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
