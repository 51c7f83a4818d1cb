//! One user's row: all families of settings, their revisions, and the only way in which they change.

use std::borrow::Cow;

use serde_json::Value;

use crate::account_privacy::AccountPrivacy;
use crate::audit::SettingChange;
use crate::email_contact::EmailContact;
use crate::messaging_privacy::MessagingPrivacy;
use crate::preferences::ChosenPreferences;
use crate::{AccountId, Timestamp, UserId};

/// Counts the changes of one user's row, from 1. Orders everything that is known about the user:
/// compare-and-set, entity tags and cache entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(i64);

impl Revision {
    /// The revision of a row that was just made.
    pub const FIRST: Self = Self(1);

    /// The revision of that number; `None` below 1.
    #[must_use]
    pub fn new(number: i64) -> Option<Self> {
        (number >= 1).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    #[must_use]
    const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A family's settings, and when what they show last changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// The settings.
    pub value: T,
    /// The user's revision at the last change that the owner could see.
    pub revision: Revision,
    /// The time of that change; at first the user's creation.
    pub updated_at: Timestamp,
}

/// Everything that is set for one user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Whose settings these are.
    pub id: UserId,
    /// When the user was first seen.
    pub created_at: Timestamp,
    /// The row's revision; grows by one with every stored change, seen or not.
    pub revision: Revision,
    /// The account privacy record's own id.
    pub account_id: AccountId,
    /// Whether followers need approval.
    pub account_privacy: Versioned<AccountPrivacy>,
    /// Whether others may write an e-mail.
    pub email_contact: Versioned<EmailContact>,
    /// What others in a chat see.
    pub messaging_privacy: Versioned<MessagingPrivacy>,
    /// What the user chose of the product's preferences.
    pub preferences: Versioned<ChosenPreferences>,
}

impl User {
    /// A user seen for the first time: every family at its default, all of the same age.
    #[must_use]
    pub fn first_seen(id: UserId, account_id: AccountId, now: Timestamp) -> Self {
        Self {
            id,
            created_at: now,
            revision: Revision::FIRST,
            account_id,
            account_privacy: first_version(now),
            email_contact: first_version(now),
            messaging_privacy: first_version(now),
            preferences: first_version(now),
        }
    }

    /// The row with `next` as the family's settings, and what the owner sees changed; `None` where
    /// it already stands so.
    ///
    /// A change that the owner cannot see (choosing the very value of a default) is stored, but
    /// moves neither the family's revision nor its time, and lists no changed setting.
    #[must_use]
    pub fn change<F: SettingsFamily>(
        &self,
        rules: &F::Rules,
        next: F,
        now: Timestamp,
    ) -> Option<(Self, Vec<SettingChange>)> {
        let current = &F::slot(self).value;
        if *current == next {
            return None;
        }
        let changes = difference::<F>(&current.shown(rules), next.shown(rules));
        let mut user = self.clone();
        user.revision = self.revision.next();
        let (revision, slot) = (user.revision, F::slot_mut(&mut user));
        slot.value = next;
        if !changes.is_empty() {
            slot.revision = revision;
            // A clock that was set back does not make the past return.
            slot.updated_at = now.max(slot.updated_at);
        }
        Some((user, changes))
    }

    /// When something that the owner sees last changed; at first the user's creation.
    #[must_use]
    pub fn last_change(&self) -> Timestamp {
        let times = [
            self.account_privacy.updated_at,
            self.email_contact.updated_at,
            self.messaging_privacy.updated_at,
            self.preferences.updated_at,
        ];
        times.into_iter().fold(self.created_at, Timestamp::max)
    }

    /// The opaque name of exactly what the owner sees of a family now; another after every change of
    /// it, another for every user. The text of its entity tag (RFC 9110, section 8.8.3).
    #[must_use]
    pub fn tag<F: SettingsFamily>(&self, rules: &F::Rules) -> String {
        let slot = F::slot(self);
        let (high, low) = self.id.as_uuid().as_u64_pair();
        let owner = high ^ low;
        let revision = slot.revision.get();
        match slot.value.rules_print(rules) {
            None => format!("{revision:x}-{owner:016x}"),
            Some(print) => format!("{revision:x}-{:016x}", owner ^ print),
        }
    }
}

fn first_version<T: Default>(now: Timestamp) -> Versioned<T> {
    Versioned {
        value: T::default(),
        revision: Revision::FIRST,
        updated_at: now,
    }
}

/// A family of settings that lives in a user's row.
pub trait SettingsFamily: Clone + PartialEq + Send + Sync + 'static {
    /// The first part of its settings' dotted names.
    const NAME: &'static str;

    /// What else decides what the owner sees: the schema for preferences, nothing for the others.
    type Rules: Send + Sync;

    /// The family's place in the row.
    fn slot(user: &User) -> &Versioned<Self>;

    /// The family's place in the row.
    fn slot_mut(user: &mut User) -> &mut Versioned<Self>;

    /// Every setting as the owner sees it: its name within the family, and its value. Always the
    /// same names in the same order for the same rules.
    fn shown(&self, rules: &Self::Rules) -> Vec<(Cow<'static, str>, Value)>;

    /// A number that differs where other rules make the same settings show something else; `None`
    /// for a family without rules.
    fn rules_print(&self, _rules: &Self::Rules) -> Option<u64> {
        None
    }
}

fn difference<F: SettingsFamily>(
    old: &[(Cow<'static, str>, Value)],
    new: Vec<(Cow<'static, str>, Value)>,
) -> Vec<SettingChange> {
    old.iter()
        .zip(new)
        .filter(|((_, old), (_, new))| old != new)
        .map(|((name, old), (_, new))| SettingChange {
            setting: format!("{}.{name}", F::NAME),
            old_value: old.clone(),
            new_value: new,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audience::Audience;
    use crate::preferences::PreferencesSchema;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn user() -> User {
        let id = |last: u128| uuid::Uuid::from_u128(last);
        User::first_seen(
            UserId::from_uuid(id(1)),
            AccountId::from_uuid(id(2)),
            at(100),
        )
    }

    #[test]
    fn a_change_moves_the_family_it_touches_and_no_other() {
        let before = user();
        let (after, changes) = before
            .change(&(), AccountPrivacy { is_private: true }, at(200))
            .unwrap();
        assert_eq!(after.revision, Revision::new(2).unwrap());
        assert_eq!(after.account_privacy.updated_at, at(200));
        assert_ne!(
            after.tag::<AccountPrivacy>(&()),
            before.tag::<AccountPrivacy>(&())
        );
        assert_eq!(after.email_contact, before.email_contact);
        assert_eq!(
            after.tag::<EmailContact>(&()),
            before.tag::<EmailContact>(&())
        );
        assert_eq!(
            changes,
            [SettingChange {
                setting: "account.is_private".to_owned(),
                old_value: json!(false),
                new_value: json!(true),
            }]
        );
    }

    #[test]
    fn setting_what_already_stands_is_no_change() {
        assert!(
            user()
                .change(
                    &(),
                    EmailContact {
                        allow_email_contact: true
                    },
                    at(200)
                )
                .is_none()
        );
    }

    #[test]
    fn one_update_of_two_settings_lists_both() {
        let next = MessagingPrivacy {
            show_last_seen: false,
            who_can_see_profile: Audience::Nobody,
            ..MessagingPrivacy::default()
        };
        let (_, changes) = user().change(&(), next, at(200)).unwrap();
        let names: Vec<_> = changes
            .iter()
            .map(|change| change.setting.as_str())
            .collect();
        assert_eq!(
            names,
            ["messaging.show_last_seen", "messaging.who_can_see_profile"]
        );
    }

    #[test]
    fn a_clock_that_was_set_back_takes_no_time_back() {
        let (after, _) = user()
            .change(&(), AccountPrivacy { is_private: true }, at(50))
            .unwrap();
        assert_eq!(after.account_privacy.updated_at, at(100));
    }

    #[test]
    fn tags_of_two_users_differ() {
        let other = User {
            id: UserId::from_uuid(uuid::Uuid::from_u128(3)),
            ..user()
        };
        assert_ne!(
            user().tag::<EmailContact>(&()),
            other.tag::<EmailContact>(&())
        );
    }

    #[test]
    fn choosing_the_value_of_the_default_is_stored_but_not_seen() {
        let schema = PreferencesSchema::built_in();
        let before = user();
        let body = json!({"theme": {"mode": "system"}});
        let next = schema
            .parse_update(&body)
            .unwrap()
            .apply(&before.preferences.value);
        let (after, changes) = before.change(&schema, next, at(200)).unwrap();
        assert!(changes.is_empty());
        assert_eq!(
            after.tag::<ChosenPreferences>(&schema),
            before.tag::<ChosenPreferences>(&schema)
        );
        assert_eq!(after.preferences.updated_at, at(100));
        assert_ne!(after.preferences.value, before.preferences.value);
    }
}
