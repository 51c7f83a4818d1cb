//! What is in force for one user. Made here and nowhere else.

use serde_json::Value;

use super::setting::{SettingIndex, ValueIndex};
use super::{Catalogue, Choices};

/// The value in force of every setting of one catalogue, by the settings' indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSettings(Box<[ValueIndex]>);

impl EffectiveSettings {
    pub(super) fn of(catalogue: &Catalogue, choices: &Choices) -> Self {
        let mut values: Box<[_]> = catalogue
            .settings()
            .iter()
            .map(super::Setting::default_value)
            .collect();
        // Few users choose much: the choices are looked up among the settings, not the reverse.
        for (name, chosen) in choices.iter() {
            let Some((index, setting)) = catalogue.find(name) else {
                continue;
            };
            if let (Some(slot), Some(value)) = (values.get_mut(index.get()), setting.parse(chosen))
            {
                *slot = value;
            }
        }
        Self(values)
    }

    /// The position of the value in force.
    #[must_use]
    pub fn index(&self, setting: SettingIndex) -> Option<ValueIndex> {
        self.0.get(setting.get()).copied()
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(&self, switch: SettingIndex) -> bool {
        self.index(switch) == Some(ValueIndex::ON)
    }

    /// The value in force of the setting at this index.
    #[must_use]
    pub fn value<'a>(&self, catalogue: &'a Catalogue, setting: SettingIndex) -> &'a Value {
        let found = catalogue.settings().get(setting.get());
        let value = found.zip(self.index(setting));
        value.map_or(&Value::Null, |(setting, index)| setting.value(index))
    }
}
