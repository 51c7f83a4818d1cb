//! The values in force for a user. Only this module computes them.

use serde_json::Value;

use super::Catalogue;
use super::audience::Audience;
use super::choices::Choices;
use super::setting::{EffectiveValue, Setting, SettingIndex, ValueIndex};

/// The position of the value in force: the choice if the setting accepts it, otherwise the default.
pub(super) fn in_force(setting: &Setting, choices: &Choices) -> ValueIndex {
    let chosen = choices.get(setting.name());
    let chosen = chosen.and_then(|value| setting.parse(value));
    chosen.unwrap_or(setting.default_value())
}

/// The value in force of each setting except preferences, by the index of the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSettings(Box<[EffectiveValue]>);

impl EffectiveSettings {
    pub(super) fn of(catalogue: &Catalogue, choices: &Choices) -> Self {
        let values = catalogue.settings().iter();
        let values = values.map(|setting| setting.effective(in_force(setting, choices)));
        Self(values.collect())
    }

    /// The value in force; `None` for a setting of another catalogue.
    #[must_use]
    pub fn get(&self, setting: SettingIndex) -> Option<EffectiveValue> {
        self.0.get(setting.get()).copied()
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(&self, switch: SettingIndex) -> bool {
        self.get(switch) == Some(EffectiveValue::Switch(true))
    }

    /// The audience of a setting; nobody if the setting is not an audience.
    #[must_use]
    pub fn audience(&self, setting: SettingIndex) -> Audience {
        match self.get(setting) {
            Some(EffectiveValue::Audience(audience)) => audience,
            Some(EffectiveValue::Switch(_) | EffectiveValue::Choice(_)) | None => Audience::Nobody,
        }
    }

    /// The JSON value in force of a setting of this catalogue; `null` for a setting of another one.
    #[must_use]
    pub fn value(&self, catalogue: &Catalogue, setting: SettingIndex) -> Value {
        match self.get(setting) {
            Some(EffectiveValue::Switch(is_on)) => is_on.into(),
            Some(EffectiveValue::Audience(audience)) => audience.as_str().into(),
            Some(EffectiveValue::Choice(index)) => {
                let setting = catalogue.settings().get(setting.get());
                setting.map_or(Value::Null, |setting| setting.value(index).clone())
            }
            None => Value::Null,
        }
    }
}
