//! Values that the catalogue knows and a layer forbids.

use super::Catalogue;
use super::cohorts::Cohorts;
use super::update::SettingsUpdate;
use crate::FieldError;

/// An update that chooses values which layers forbid. Nothing of it is carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a layer of the catalogue forbids the value")]
pub struct SettingsLocked(Vec<FieldError>);

impl SettingsLocked {
    /// Each setting whose value is forbidden, by its name within its family, with the note of the innermost layer that
    /// forbids it; at least one.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.0
    }
}

impl Catalogue {
    /// Fails where a user of these cohorts may not choose what the update chooses.
    pub fn check_locks(
        &self,
        update: &SettingsUpdate,
        cohorts: &Cohorts,
    ) -> Result<(), SettingsLocked> {
        let locked = match update {
            SettingsUpdate::Settings(_, wanted) => {
                let wanted = wanted.iter().map(|(name, value)| (name.as_str(), value));
                self.locked_settings(wanted, cohorts)
            }
            SettingsUpdate::Preferences(update) => {
                self.locked_preferences(update.chosen(), cohorts)
            }
        };
        if locked.is_empty() {
            Ok(())
        } else {
            Err(SettingsLocked(locked))
        }
    }

    fn locked_settings<'a>(
        &self,
        wanted: impl Iterator<Item = (&'a str, &'a serde_json::Value)>,
        cohorts: &Cohorts,
    ) -> Vec<FieldError> {
        let set = self.layers.of(cohorts);
        let locked = wanted.filter_map(|(name, value)| {
            let (index, setting) = self.find(name)?;
            let applied = self.layers.of_setting(set, index);
            let note = self.layers.refusal(&applied, &setting.parse(value)?)?;
            Some(FieldError::new(setting.key(), note))
        });
        locked.collect()
    }

    fn locked_preferences<'a>(
        &self,
        wanted: impl Iterator<Item = (&'a str, &'a serde_json::Value)>,
        cohorts: &Cohorts,
    ) -> Vec<FieldError> {
        let set = self.layers.of(cohorts);
        let locked = wanted.filter_map(|(key, value)| {
            let applied = self.layers.of_preference(set, key);
            let note = self.layers.refusal(&applied, value)?;
            Some(FieldError::new(key, note))
        });
        locked.collect()
    }
}
