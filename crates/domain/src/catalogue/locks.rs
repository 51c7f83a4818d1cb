//! Refuses values that the catalogue accepts and a layer forbids.

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::choices_update::ChoicesUpdate;
use super::cohorts::Cohorts;
use super::family::Family;
use super::update::SettingsUpdate;
use crate::FieldError;

/// An update that chooses values which layers forbid. Nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a layer of the catalogue forbids the value")]
pub struct SettingsLocked(Vec<FieldError>);

impl SettingsLocked {
    /// Each setting whose value is forbidden, by its name within its family (of several families: by its dotted name), with the note of the innermost layer that
    /// forbids it; at least one.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.0
    }
}

impl Catalogue {
    /// Fails if layers forbid a user of these cohorts one of the values that the update chooses. A value that is in force
    /// already is not refused. `choices` are the stored ones of the update's family.
    pub fn check_locks(
        &self,
        update: &SettingsUpdate,
        choices: &Choices,
        cohorts: &Cohorts,
    ) -> Result<(), SettingsLocked> {
        let family = update.family();
        let locked = match update {
            SettingsUpdate::Settings(_, wanted) => {
                let wanted = wanted.iter().map(|(name, value)| (name.as_str(), value));
                self.locked(family, wanted, choices, cohorts)
            }
            SettingsUpdate::Preferences(update) => {
                self.locked(family, update.chosen(), choices, cohorts)
            }
        };
        refuse(locked)
    }

    /// The same for settings of several families. The error has dotted names. `choices_of` returns the stored choices of
    /// a family.
    pub fn check_choices<'a>(
        &self,
        update: &ChoicesUpdate,
        choices_of: impl Fn(Family) -> &'a Choices,
        cohorts: &Cohorts,
    ) -> Result<(), SettingsLocked> {
        let mut all = Vec::new();
        for family in update.families() {
            let wanted = update.chosen(family);
            let locked = self.locked(family, wanted, choices_of(family), cohorts);
            let dotted = |it: FieldError| {
                let name = format!("{}.{}", family.as_str(), it.field);
                FieldError::new(name, it.message)
            };
            all.extend(locked.into_iter().map(dotted));
        }
        refuse(all)
    }

    fn locked<'a>(
        &self,
        family: Family,
        wanted: impl Iterator<Item = (&'a str, &'a Value)>,
        choices: &Choices,
        cohorts: &Cohorts,
    ) -> Vec<FieldError> {
        let mut locked = match family {
            Family::Account | Family::Email | Family::Messaging => {
                self.locked_settings(wanted, cohorts)
            }
            Family::Preferences => self.locked_preferences(wanted, cohorts),
        };
        if !locked.is_empty() {
            let in_force = self.shown(family, choices, cohorts);
            locked.retain(|(field, wanted)| {
                let stands =
                    |(name, value): &(&str, &Value)| *name == field.field && value == wanted;
                !in_force.iter().any(stands)
            });
        }
        locked.into_iter().map(|(field, _)| field).collect()
    }

    fn locked_settings<'a>(
        &self,
        wanted: impl Iterator<Item = (&'a str, &'a Value)>,
        cohorts: &Cohorts,
    ) -> Vec<(FieldError, &'a Value)> {
        let set = self.layers.of(cohorts);
        let locked = wanted.filter_map(|(name, value)| {
            let (index, setting) = self.find(name)?;
            let applied = self.layers.of_setting(set, index);
            let note = self.layers.refusal(&applied, &setting.parse(value)?)?;
            Some((FieldError::new(setting.key(), note), value))
        });
        locked.collect()
    }

    fn locked_preferences<'a>(
        &self,
        wanted: impl Iterator<Item = (&'a str, &'a Value)>,
        cohorts: &Cohorts,
    ) -> Vec<(FieldError, &'a Value)> {
        let set = self.layers.of(cohorts);
        let locked = wanted.filter_map(|(key, value)| {
            let applied = self.layers.of_preference(set, key);
            let note = self.layers.refusal(&applied, value)?;
            Some((FieldError::new(key, note), value))
        });
        locked.collect()
    }
}

fn refuse(locked: Vec<FieldError>) -> Result<(), SettingsLocked> {
    if locked.is_empty() {
        Ok(())
    } else {
        Err(SettingsLocked(locked))
    }
}
