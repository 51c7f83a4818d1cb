//! The row of a user: choices, versions of families, and the function that changes them.

mod choosing;

use serde_json::Value;
use uuid::Uuid;

use super::audit::SettingChange;
use super::revision::{Revision, Version, Versions};
use crate::catalogue::{Catalogue, Choices, Cohorts, Family, SettingsLocked, SettingsUpdate};
use crate::{AccountId, Timestamp, UserId};

pub use choosing::{Choosing, ChosenSettings};

/// All stored settings of a user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// When the user was created.
    pub created_at: Timestamp,
    /// The revision of the row. It grows by one with every stored change, visible or not.
    pub revision: Revision,
    /// The id of the account privacy record.
    pub account_id: AccountId,
    /// The choices for settings of the catalogue, by dotted name.
    pub choices: Choices,
    /// The choices for preferences, by key.
    pub preferences: Choices,
    /// The cohorts that the user belongs to.
    pub cohorts: Cohorts,
    /// When each family, and the cohorts, last changed.
    pub versions: Versions,
}

impl User {
    /// A new user without choices.
    #[must_use]
    pub fn first_seen(id: UserId, account_id: AccountId, now: Timestamp) -> Self {
        Self {
            id,
            created_at: now,
            revision: Revision::FIRST,
            account_id,
            choices: Choices::default(),
            preferences: Choices::default(),
            cohorts: Cohorts::default(),
            versions: Versions::default(),
        }
    }

    /// When the content of a family last changed; initially the creation of the user.
    #[must_use]
    pub fn version(&self, family: Family) -> Version {
        self.versions.get(family).unwrap_or(Version {
            revision: Revision::FIRST,
            updated_at: self.created_at,
        })
    }

    /// The choices of a family.
    #[must_use]
    pub const fn choices_of(&self, family: Family) -> &Choices {
        match family {
            Family::Account | Family::Email | Family::Messaging => &self.choices,
            Family::Preferences => &self.preferences,
        }
    }

    const fn choices_of_mut(&mut self, family: Family) -> &mut Choices {
        match family {
            Family::Account | Family::Email | Family::Messaging => &mut self.choices,
            Family::Preferences => &mut self.preferences,
        }
    }

    /// The row after the update, with the visible changes; `None` if the choices are the same. Fails, and changes
    /// nothing, if a layer forbids one of the values.
    ///
    /// An invisible change (choosing the value of the default) is stored, but changes neither the family's
    /// revision nor its time, and lists no changed setting.
    pub fn change(
        &self,
        catalogue: &Catalogue,
        update: &SettingsUpdate,
        now: Timestamp,
    ) -> Result<Option<(Self, Vec<SettingChange>)>, SettingsLocked> {
        let family = update.family();
        catalogue.check_locks(update, self.choices_of(family), &self.cohorts)?;
        let mut user = self.clone();
        update.apply(user.choices_of_mut(family));
        if self.choices_of(family) == user.choices_of(family) {
            return Ok(None);
        }
        let changes = difference(
            family,
            &self.shown(catalogue, family),
            user.shown(catalogue, family),
        );
        user.revision = self.revision.next();
        if !changes.is_empty() {
            let version = Version {
                revision: user.revision,
                // If the clock was set back, the time stays.
                updated_at: now.max(self.version(family).updated_at),
            };
            user.versions.set(family, version);
        }
        Ok(Some((user, changes)))
    }

    /// The row with these cohorts, and the recorded change; `None` if the cohorts are the same. The values in force may
    /// change. The times of the families do not change, because they tell the user's own changes.
    #[must_use]
    pub fn classify(&self, cohorts: Cohorts, now: Timestamp) -> Option<(Self, SettingChange)> {
        if self.cohorts == cohorts {
            return None;
        }
        let change = SettingChange {
            setting: SettingChange::COHORTS.to_owned(),
            old_value: self.cohorts.to_stored(),
            new_value: cohorts.to_stored(),
        };
        let mut user = self.clone();
        user.cohorts = cohorts;
        user.revision = self.revision.next();
        user.versions.set_cohorts(Version {
            revision: user.revision,
            updated_at: now.max(self.last_change()),
        });
        Some((user, change))
    }

    /// When recorded content last changed; initially the creation of the user.
    #[must_use]
    pub fn last_change(&self) -> Timestamp {
        let times = self.versions.named().map(|(_, version)| version.updated_at);
        times.fold(self.created_at, Timestamp::max)
    }

    /// The settings of a family with the values in force: the name within the family, and the value.
    #[must_use]
    pub fn shown<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        family: Family,
    ) -> Vec<(&'a str, &'a Value)> {
        catalogue.shown(family, self.choices_of(family), &self.cohorts)
    }

    /// The preferences in force as a tree of groups.
    #[must_use]
    pub fn preferences_tree(&self, catalogue: &Catalogue) -> Value {
        catalogue.preferences_tree(&self.preferences, &self.cohorts)
    }

    /// The text of the family's entity tag (RFC 9110, section 8.8.3). It changes with the content of the family,
    /// also after a change of the catalogue, and differs between users.
    #[must_use]
    pub fn tag(&self, catalogue: &Catalogue, family: Family) -> String {
        let choices = self.choices_of(family);
        self.tag_of(
            family,
            catalogue.hash_of_shown(family, choices, &self.cohorts),
        )
    }

    /// Appends the settings that [`Self::shown`] returns to the text, each as a member of a JSON object with a comma
    /// behind it. Returns the text that [`Self::tag`] returns.
    pub fn write_members(
        &self,
        catalogue: &Catalogue,
        family: Family,
        text: &mut String,
    ) -> String {
        let choices = self.choices_of(family);
        let hash = catalogue.write_members(family, choices, &self.cohorts, text);
        self.tag_of(family, hash)
    }

    fn tag_of(&self, family: Family, hash: u64) -> String {
        let (high, low) = self.id.as_uuid().as_u64_pair();
        let revision = self.version(family).revision.get();
        // In hexadecimal. A UUID's digits are written many at once, a number's one by one through a formatter.
        let mut digits = Uuid::encode_buffer();
        let both = Uuid::from_u64_pair(revision.cast_unsigned(), high ^ low ^ hash);
        let (revision, hash) = both.simple().encode_lower(&mut digits).split_at(16);
        [revision.trim_start_matches('0'), "-", hash].concat()
    }
}

fn difference(
    family: Family,
    old: &[(&str, &Value)],
    new: Vec<(&str, &Value)>,
) -> Vec<SettingChange> {
    old.iter()
        .zip(new)
        .filter(|((_, old), (_, new))| old != new)
        .map(|((name, old), (_, new))| SettingChange {
            setting: format!("{}.{name}", family.as_str()),
            old_value: (*old).clone(),
            new_value: new.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
