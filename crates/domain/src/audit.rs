//! The record of changes: one entry per changed setting.

use serde_json::Value;
use uuid::Uuid;

use crate::account_privacy::AccountPrivacy;
use crate::email_contact::EmailContact;
use crate::messaging_privacy::{MESSAGING_SETTINGS, MessagingPrivacy};
use crate::preferences::ChosenPreferences;
use crate::user::SettingsFamily;
use crate::{RequestId, Timestamp, UserId};

/// A setting that an owner saw change. Compared as the owner sees it: defaults count as values.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingChange {
    /// The dotted name, family first.
    pub setting: String,
    /// What it was.
    pub old_value: Value,
    /// What it is now.
    pub new_value: Value,
}

/// A change on record.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// A `UUIDv7`; one user's entries are ordered by it.
    pub id: Uuid,
    /// Whose setting changed.
    pub user_id: UserId,
    /// Who changed it.
    pub actor_id: UserId,
    /// When.
    pub occurred_at: Timestamp,
    /// What changed.
    pub change: SettingChange,
    /// The request that changed it.
    pub request_id: RequestId,
}

/// The dotted name of a setting that may have a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingName(String);

/// A name that no setting has or ever had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the dotted name of a setting, such as messaging.show_last_seen")]
pub struct UnknownSetting;

impl SettingName {
    /// The longest name, in bytes.
    pub const MAX_LENGTH: usize = 255;

    /// Takes the name of a setting. Any dotted name under `preferences` is one, since a key keeps its
    /// history when the operator takes it out of the schema.
    pub fn parse(name: &str) -> Result<Self, UnknownSetting> {
        let (family, key) = name.split_once('.').ok_or(UnknownSetting)?;
        let known = match family {
            AccountPrivacy::NAME => key == "is_private",
            EmailContact::NAME => key == "allow_email_contact",
            MessagingPrivacy::NAME => MESSAGING_SETTINGS.iter().any(|setting| setting.name == key),
            ChosenPreferences::NAME => is_preference(name, key),
            _ => false,
        };
        if known {
            Ok(Self(name.to_owned()))
        } else {
            Err(UnknownSetting)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_preference(name: &str, key: &str) -> bool {
    name.len() <= SettingName::MAX_LENGTH && key.split('.').all(crate::preferences::is_key_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_every_family_have_names() {
        for name in [
            "account.is_private",
            "email.allow_email_contact",
            "messaging.disappearing_messages_default",
            "preferences.theme.mode",
            "preferences.gone.since.long",
        ] {
            assert_eq!(SettingName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "messaging",
            "messaging.",
            "messaging.nope",
            "preferences.",
            "preferences.a..b",
            "preferences.\0",
            "follows.x",
        ] {
            assert_eq!(SettingName::parse(name), Err(UnknownSetting), "{name}");
        }
    }
}
