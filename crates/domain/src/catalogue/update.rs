//! Changes of settings by a caller, validated against the catalogue.

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::family::Family;
use super::preferences::PreferencesUpdate;
use super::setting::Setting;
use crate::FieldError;

/// The new choices of one family. Contains only valid names and values.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingsUpdate {
    /// Settings of a family of the catalogue, by dotted name.
    Settings(Family, Vec<(String, Value)>),
    /// Preferences.
    Preferences(PreferencesUpdate),
}

impl SettingsUpdate {
    /// The family to change.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Settings(family, _) => *family,
            Self::Preferences(_) => Family::Preferences,
        }
    }

    /// Applies the change to the choices of the family.
    pub fn apply(&self, choices: &mut Choices) {
        match self {
            Self::Settings(_, wanted) => {
                for (name, value) in wanted {
                    choices.choose(name, value.clone());
                }
            }
            Self::Preferences(update) => update.apply(choices),
        }
    }
}

impl From<PreferencesUpdate> for SettingsUpdate {
    fn from(update: PreferencesUpdate) -> Self {
        Self::Preferences(update)
    }
}

impl Catalogue {
    /// Parses names within a family with values. Returns all errors, by the given name.
    pub fn parse_update<'a>(
        &self,
        family: Family,
        wanted: impl IntoIterator<Item = (&'a str, &'a Value)>,
    ) -> Result<SettingsUpdate, Vec<FieldError>> {
        let mut accepted = Vec::new();
        let mut errors = Vec::new();
        for (key, value) in wanted {
            match self.parse_value(family, key, value) {
                Ok(choice) => accepted.push(choice),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(SettingsUpdate::Settings(family, accepted))
        } else {
            Err(errors)
        }
    }

    fn parse_value(
        &self,
        family: Family,
        key: &str,
        value: &Value,
    ) -> Result<(String, Value), FieldError> {
        let Some((_, setting)) = self.find(&format!("{}.{key}", family.as_str())) else {
            let message = format!("Unknown setting. Must be one of: {}.", self.keys(family));
            return Err(FieldError::new(key, message));
        };
        match setting.parse(value) {
            Some(index) => Ok((setting.name().to_owned(), setting.value(index).clone())),
            None => Err(FieldError::new(
                key,
                format!("Must be {}.", setting.takes()),
            )),
        }
    }

    /// The names of a family's settings within it, separated by commas, for messages.
    #[must_use]
    pub fn keys(&self, family: Family) -> String {
        let keys: Vec<_> = self
            .family(family)
            .map(|(_, it)| Setting::key(it))
            .collect();
        keys.join(", ")
    }
}
