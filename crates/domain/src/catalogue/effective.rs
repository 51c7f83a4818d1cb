//! The values in force for a user, as rules use them. `in_force.rs` computes them.

use serde_json::Value;

use super::Catalogue;
use super::audience::Audience;
use super::setting::{EffectiveValue, SettingIndex};

/// The value in force of each setting except preferences, by the index of the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSettings(Box<[EffectiveValue]>);

impl EffectiveSettings {
    pub(super) const fn new(values: Box<[EffectiveValue]>) -> Self {
        Self(values)
    }

    pub(super) fn set(&mut self, setting: SettingIndex, value: EffectiveValue) {
        if let Some(slot) = self.0.get_mut(setting.get()) {
            *slot = value;
        }
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
