//! The values in force for one user, as rules use them.

use serde_json::Value;

use super::Catalogue;
use super::audience::Audience;
use super::setting::{EffectiveValue, SettingIndex};

/// The value in force of every setting of one catalogue but preferences, by the settings' indices.
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

    /// The value in force; `None` of a setting of another catalogue.
    #[must_use]
    pub fn get(&self, setting: SettingIndex) -> Option<EffectiveValue> {
        self.0.get(setting.get()).copied()
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(&self, switch: SettingIndex) -> bool {
        self.get(switch) == Some(EffectiveValue::Switch(true))
    }

    /// The audience that a setting opens something to; nobody if the setting takes no audiences.
    #[must_use]
    pub fn audience(&self, setting: SettingIndex) -> Audience {
        match self.get(setting) {
            Some(EffectiveValue::Audience(audience)) => audience,
            Some(EffectiveValue::Switch(_) | EffectiveValue::Choice(_)) | None => Audience::Nobody,
        }
    }

    /// The JSON value in force of a setting of this catalogue; `null` of another's.
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
