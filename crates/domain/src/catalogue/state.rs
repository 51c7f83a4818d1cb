//! What a settings page shows of one setting: the value in force, where it comes from, and what may be chosen.

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::cohorts::Cohorts;
use super::in_force::value_in_force;
use super::layers::{LayerIndex, resolve};
use super::setting::{SettingIndex, ValueIndex};

/// Where a value in force comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// The user chose it.
    Choice,
    /// It is the catalogue's own default.
    Default,
    /// It is the default of the layer of that name.
    Layer(&'a str),
}

/// A setting as one user has it.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingState<'a> {
    /// The value in force.
    pub value: &'a Value,
    /// Where it comes from.
    pub source: Source<'a>,
    /// What the user chose, in force or not.
    pub chosen: Option<&'a Value>,
    /// What is in force where the user chooses nothing.
    pub default: &'a Value,
    /// What the user may choose; `None` of a preference that no layer bounds.
    pub allowed: Option<Vec<&'a Value>>,
    /// Why the setting is bounded, in the words of the innermost layer that bounds it.
    pub note: Option<&'a str>,
}

impl SettingState<'_> {
    /// Whether the user may choose at most one value.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        let allowed = self.allowed.as_ref();
        allowed.is_some_and(|allowed| allowed.len() <= 1)
    }
}

impl Catalogue {
    /// A setting as a user of these cohorts has it; `None` of another catalogue's setting.
    #[must_use]
    pub fn state<'a>(
        &'a self,
        index: SettingIndex,
        choices: &'a Choices,
        cohorts: &Cohorts,
    ) -> Option<SettingState<'a>> {
        let setting = self.settings.get(index.get())?;
        let all = self.layered(cohorts);
        let layered = all.get(index)?;
        let chosen = choices.get(setting.name());
        let in_force = value_in_force(&all, index, setting, choices);
        let is_chosen = chosen.and_then(|it| setting.parse(it)) == Some(in_force);
        let values = (0..setting.values.len()).filter_map(ValueIndex::new);
        let allowed = values.filter(|value| layered.allows(*value));
        Some(SettingState {
            value: setting.value(in_force),
            source: self.source(is_chosen, layered.stands_in),
            chosen,
            default: setting.value(layered.default),
            allowed: Some(allowed.map(|value| setting.value(value)).collect()),
            note: self.note(layered.bounded_by),
        })
    }

    /// A preference as a user of these cohorts has it; `None` where the schema has no such key.
    #[must_use]
    pub fn preference_state<'a>(
        &'a self,
        key: &str,
        choices: &'a Choices,
        cohorts: &Cohorts,
    ) -> Option<SettingState<'a>> {
        let own = self.preferences.default(key)?;
        let applied = self.layers.of_preference(self.layers.of(cohorts), key);
        let resolved = resolve(own, &applied);
        let is_allowed = |value: &&Value| applied.iter().all(|it| it.rule.allows(value));
        let chosen = choices.get(key);
        let in_force = chosen.filter(|it| self.preferences.allows(key, it) && is_allowed(it));
        let mut bounds = applied.iter().filter_map(|it| it.rule.allowed.as_ref());
        let allowed = bounds.next_back();
        Some(SettingState {
            value: in_force.unwrap_or(resolved.default),
            source: self.source(in_force.is_some(), resolved.stands_in),
            chosen,
            default: resolved.default,
            allowed: allowed.map(|values| values.iter().filter(is_allowed).collect()),
            note: self.note(resolved.bounded_by),
        })
    }

    fn source(&self, is_chosen: bool, stands_in: Option<LayerIndex>) -> Source<'_> {
        let layer = stands_in.and_then(|layer| self.layers.get(layer));
        match layer {
            _ if is_chosen => Source::Choice,
            None => Source::Default,
            Some(layer) => Source::Layer(&layer.name),
        }
    }

    fn note(&self, bounded_by: Option<LayerIndex>) -> Option<&str> {
        self.layers.get(bounded_by?)?.note.as_deref()
    }
}
