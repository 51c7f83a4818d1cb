//! Audit: one entry for each changed setting.

use serde_json::Value;
use uuid::Uuid;

use super::looks::SupportReason;
use super::revision::Revision;
use crate::catalogue::preferences::is_key_name;
use crate::catalogue::{Catalogue, Family};
use crate::{RequestId, Timestamp, UserId};

/// A change of a setting's value, with defaults counted as values.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingChange {
    /// The dotted name, family first.
    pub setting: String,
    /// The value before.
    pub old_value: Value,
    /// The value after.
    pub new_value: Value,
}

impl SettingChange {
    /// The name under which a change of the user's cohorts is on record. It is no setting.
    pub const COHORTS: &str = "cohorts";
}

/// An audit entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// A `UUIDv7`, by which the entries of a user are sorted.
    pub id: Uuid,
    /// The user whose setting changed.
    pub user_id: UserId,
    /// The user or service who changed it.
    pub actor_id: UserId,
    /// The time of the change.
    pub occurred_at: Timestamp,
    /// The change.
    pub change: SettingChange,
    /// The request that changed it.
    pub request_id: RequestId,
    /// Why a member of the product's staff changed it; `None` for changes of others.
    pub reason: Option<SupportReason>,
}

impl AuditEntry {
    /// The id of the entry at this position in the change that created this revision. It is greater than the ids
    /// of all earlier changes of the user if no change has an earlier time than the previous one, whichever
    /// process makes it.
    ///
    /// A `UUIDv7` (RFC 9562, section 5.7): milliseconds, their fraction (section 6.2, method 3), then revision and
    /// position instead of a counter, then the rest of `chance`. There is room for 4,096 positions. Later ones,
    /// possible with an operator's schema, use another `chance`, and are sorted among the others of their change.
    #[must_use]
    pub fn id_of(occurred_at: Timestamp, revision: Revision, place: usize, chance: Uuid) -> Uuid {
        const VERSION_7: u64 = 7 << 12;
        const VARIANT: u64 = 2 << 62;
        let micros = u64::try_from(occurred_at.as_micros()).unwrap_or_default();
        let (millis, fraction) = (micros / 1_000, micros % 1_000 * 4_096 / 1_000);
        let revision = revision.get().unsigned_abs() & 0xffff_ffff;
        let (place, beyond) = (place as u64 & 0xfff, place as u64 >> 12);
        let chance = chance.as_u64_pair().1.wrapping_add(beyond) & 0x3_ffff;
        Uuid::from_u64_pair(
            millis << 16 | VERSION_7 | fraction,
            VARIANT | revision << 30 | place << 18 | chance,
        )
    }
}

/// The dotted name of a setting with a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingName(String);

/// A name that no setting has or had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the dotted name of a setting, such as account.is_private")]
pub struct UnknownSetting;

impl SettingName {
    /// The maximum length of a name, in bytes.
    pub const MAX_LENGTH: usize = 255;

    /// Parses the name of a setting of the catalogue. Every dotted name under `preferences` is valid, because a
    /// key keeps its history when the operator removes it from the schema. `cohorts` finds changes of the user's
    /// cohorts.
    pub fn parse(catalogue: &Catalogue, name: &str) -> Result<Self, UnknownSetting> {
        if name == SettingChange::COHORTS {
            return Ok(Self(name.to_owned()));
        }
        let (family, key) = name.split_once('.').ok_or(UnknownSetting)?;
        let is_known = match Family::parse(family) {
            Some(Family::Preferences) => is_preference(name, key),
            Some(_) => catalogue.find(name).is_some(),
            None => false,
        };
        if is_known {
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
    name.len() <= SettingName::MAX_LENGTH && key.split('.').all(is_key_name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn id(micros: i64, revision: i64, place: usize, chance: u128) -> Uuid {
        let at = Timestamp::from_micros(micros).unwrap();
        let revision = Revision::new(revision).unwrap();
        AuditEntry::id_of(at, revision, place, Uuid::from_u128(chance))
    }

    proptest! {
        #[test]
        fn what_changed_later_has_a_greater_id(
            micros in 0..4_102_444_800_000_000_i64,
            later in prop_oneof![Just(0), 0..2_000_i64, 0..9_000_000_000_i64],
            revision in 1..0xffff_fff0_i64,
            place in 0..4_096_usize,
            chances in any::<(u128, u128)>(),
        ) {
            let first = id(micros, revision, place, chances.0);
            prop_assert!(first < id(micros + later, revision + 1, 0, chances.1));
            if place < 4_095 {
                prop_assert!(first < id(micros, revision, place + 1, chances.1));
            }
        }
    }

    #[test]
    fn however_many_settings_change_at_once_each_entry_has_an_id_of_its_own() {
        for chance in [0, 1, u128::MAX] {
            let ids: BTreeSet<Uuid> = (0..100_000).map(|place| id(1, 7, place, chance)).collect();
            assert_eq!(ids.len(), 100_000);
            assert!(*ids.first().unwrap() > id(1, 6, 0, chance));
            assert!(*ids.last().unwrap() < id(1, 8, 0, chance));
        }
    }

    #[test]
    fn an_id_is_a_version_7_uuid_of_its_time() {
        let id = id(1_769_855_445_123_456, 2, 0, u128::MAX);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        let (seconds, nanoseconds) = id.get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanoseconds / 1_000_000), (1_769_855_445, 123));
    }

    #[test]
    fn the_settings_of_every_family_have_names() {
        for name in [
            "account.is_private",
            "email.allow_email_contact",
            "messaging.disappearing_messages_default",
            "preferences.theme.mode",
            "preferences.gone.since.long",
            "cohorts",
        ] {
            assert_eq!(
                SettingName::parse(&Catalogue::core(), name)
                    .unwrap()
                    .as_str(),
                name
            );
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
            assert_eq!(
                SettingName::parse(&Catalogue::core(), name),
                Err(UnknownSetting),
                "{name}"
            );
        }
    }
}
