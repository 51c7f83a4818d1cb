//! The values in force for a user. Only this module computes them.

use std::borrow::Cow;

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::cohorts::Cohorts;
use super::effective::EffectiveSettings;
use super::layers::{Layered, resolve};
use super::preferences::tree;
use super::setting::{Setting, SettingIndex, ValueIndex};

impl Catalogue {
    /// The values in force for a user with these choices and cohorts: the choice if the setting accepts it and every layer
    /// allows it, otherwise the default of the innermost layer that has one which all allow.
    #[must_use]
    pub fn in_force(&self, choices: &Choices, cohorts: &Cohorts) -> EffectiveSettings {
        let layered = self.layered(cohorts);
        let mut in_force = layered.defaults.clone();
        for (name, value) in choices.iter() {
            let Some((index, setting)) = self.find(name) else {
                continue;
            };
            let chosen = setting.parse(value);
            if let Some(value) = chosen.filter(|value| is_allowed(&layered, index, *value)) {
                in_force.set(index, setting.effective(value));
            }
        }
        in_force
    }

    /// The values in force for a user without choices and cohorts.
    #[must_use]
    pub fn defaults(&self) -> &EffectiveSettings {
        &self.memo.everybody().defaults
    }

    /// All preferences with the values in force, computed as for settings. In the order of the schema.
    pub fn preferences_in_force<'a>(
        &'a self,
        choices: &'a Choices,
        cohorts: &Cohorts,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let set = self.layers.of(cohorts);
        let effective = self
            .preferences
            .defaults()
            .zip(self.preferences.effective(choices));
        effective.map(move |((key, own), (_, effective))| {
            let applied = self.layers.of_preference(set, key);
            if applied.is_empty() {
                return (key, effective);
            }
            let is_chosen = choices.get(key) == Some(effective);
            let value = if is_chosen && applied.iter().all(|it| it.rule.allows(effective)) {
                effective
            } else {
                resolve(own, &applied).default
            };
            (key, value)
        })
    }

    /// The same values as a tree of groups.
    #[must_use]
    pub fn preferences_tree(&self, choices: &Choices, cohorts: &Cohorts) -> Value {
        tree(self.preferences_in_force(choices, cohorts))
    }

    /// The combined layers of users with these cohorts.
    pub(super) fn layered(&self, cohorts: &Cohorts) -> Cow<'_, Layered> {
        let set = self.layers.of(cohorts);
        let compute = || Layered::compute(&self.settings, &self.layers, set);
        self.memo.get(set, compute)
    }
}

/// The position of the value in force of a setting.
pub(super) fn value_in_force(
    layered: &Layered,
    index: SettingIndex,
    setting: &Setting,
    choices: &Choices,
) -> ValueIndex {
    let chosen = choices.get(setting.name());
    let chosen = chosen.and_then(|value| setting.parse(value));
    let chosen = chosen.filter(|value| is_allowed(layered, index, *value));
    let default = || layered.get(index).map_or(setting.default, |it| it.default);
    chosen.unwrap_or_else(default)
}

fn is_allowed(layered: &Layered, index: SettingIndex, value: ValueIndex) -> bool {
    layered.get(index).is_some_and(|it| it.allows(value))
}
