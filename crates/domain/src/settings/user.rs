//! The row of a user: choices, versions of families, and the function that changes them.

use serde_json::Value;

use super::audit::SettingChange;
use super::revision::{Revision, Version, Versions};
use crate::catalogue::{Catalogue, Choices, Family, SettingsUpdate};
use crate::{AccountId, Timestamp, UserId};

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
    /// When each family last changed.
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

    /// The row after the update, with the visible changes; `None` if the choices are the same.
    ///
    /// An invisible change (choosing the value of the default) is stored, but changes neither the family's
    /// revision nor its time, and lists no changed setting.
    #[must_use]
    pub fn change(
        &self,
        catalogue: &Catalogue,
        update: &SettingsUpdate,
        now: Timestamp,
    ) -> Option<(Self, Vec<SettingChange>)> {
        let family = update.family();
        let mut user = self.clone();
        update.apply(user.choices_of_mut(family));
        if self.choices_of(family) == user.choices_of(family) {
            return None;
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
        Some((user, changes))
    }

    /// When visible content last changed; initially the creation of the user.
    #[must_use]
    pub fn last_change(&self) -> Timestamp {
        let times = self.versions.iter().map(|(_, version)| version.updated_at);
        times.fold(self.created_at, Timestamp::max)
    }

    /// The settings of a family with the values in force: the name within the family, and the value.
    #[must_use]
    pub fn shown<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        family: Family,
    ) -> Vec<(&'a str, &'a Value)> {
        catalogue.shown(family, self.choices_of(family))
    }

    /// The text of the family's entity tag (RFC 9110, section 8.8.3). It changes with the content of the family,
    /// also after a change of the catalogue, and differs between users.
    #[must_use]
    pub fn tag(&self, catalogue: &Catalogue, family: Family) -> String {
        self.tag_of(
            family,
            catalogue.hash_of_shown(family, self.choices_of(family)),
        )
    }

    /// What [`Self::shown`] and [`Self::tag`] return, with one lookup of each choice.
    #[must_use]
    pub fn shown_with_tag<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        family: Family,
    ) -> (Vec<(&'a str, &'a Value)>, String) {
        let (shown, hash) = catalogue.shown_with_hash(family, self.choices_of(family));
        (shown, self.tag_of(family, hash))
    }

    fn tag_of(&self, family: Family, hash: u64) -> String {
        let (high, low) = self.id.as_uuid().as_u64_pair();
        let revision = self.version(family).revision.get();
        format!("{revision:x}-{:016x}", high ^ low ^ hash)
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
mod tests {
    use serde_json::json;

    use super::*;

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

    fn update(family: Family, wanted: &Value) -> SettingsUpdate {
        let members = wanted.as_object().unwrap().iter();
        let members = members.map(|(name, value)| (name.as_str(), value));
        Catalogue::core().parse_update(family, members).unwrap()
    }

    fn change(
        user: &User,
        family: Family,
        wanted: &Value,
        seconds: i64,
    ) -> (User, Vec<SettingChange>) {
        let update = update(family, wanted);
        user.change(&Catalogue::core(), &update, at(seconds))
            .unwrap()
    }

    #[test]
    fn a_change_moves_the_family_it_touches_and_no_other() {
        let (core, before) = (Catalogue::core(), user());
        let (after, changes) = change(&before, Family::Account, &json!({"is_private": true}), 200);
        assert_eq!(after.revision, Revision::new(2).unwrap());
        assert_eq!(after.version(Family::Account).updated_at, at(200));
        for family in Family::ALL {
            let moved = after.tag(&core, family) != before.tag(&core, family);
            let shown = (after.shown(&core, family), after.tag(&core, family));
            assert_eq!(after.shown_with_tag(&core, family), shown);
            assert_eq!(moved, family == Family::Account, "{family:?}");
            if !moved {
                assert_eq!(after.version(family), before.version(family));
            }
        }
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
    fn choosing_what_was_chosen_before_is_no_change() {
        let wanted = json!({"allow_email_contact": false});
        let (after, _) = change(&user(), Family::Email, &wanted, 200);
        let again = after.change(&Catalogue::core(), &update(Family::Email, &wanted), at(300));
        assert_eq!(again, None);
    }

    #[test]
    fn one_update_of_two_settings_lists_both() {
        let wanted = json!({"who_can_see_profile": "nobody", "show_typing_indicator": false});
        let (_, changes) = change(&user(), Family::Messaging, &wanted, 200);
        let names: Vec<_> = changes.iter().map(|it| it.setting.as_str()).collect();
        assert_eq!(
            names,
            [
                "messaging.show_typing_indicator",
                "messaging.who_can_see_profile"
            ]
        );
    }

    #[test]
    fn a_clock_that_was_set_back_takes_no_time_back() {
        let (after, _) = change(&user(), Family::Account, &json!({"is_private": true}), 50);
        assert_eq!(after.version(Family::Account).updated_at, at(100));
    }

    #[test]
    fn tags_of_two_users_differ() {
        let other = User {
            id: UserId::from_uuid(uuid::Uuid::from_u128(3)),
            ..user()
        };
        let core = Catalogue::core();
        for family in Family::ALL {
            assert_ne!(user().tag(&core, family), other.tag(&core, family));
        }
    }

    #[test]
    fn the_catalogue_moves_the_tag_of_a_family_that_it_shows_otherwise() {
        let extended = json!({"settings": {"show_in_search": {"type": "switch", "title": "Search",
            "description": "Whether people find you by name.", "default": true}}});
        let extended = Catalogue::parse(&extended.to_string()).unwrap();
        for family in Family::ALL {
            let moved = user().tag(&extended, family) != user().tag(&Catalogue::core(), family);
            assert_eq!(moved, family == Family::Messaging, "{family:?}");
        }
    }

    #[test]
    fn choosing_the_value_of_the_default_is_stored_and_not_seen() {
        let core = Catalogue::core();
        let theme = json!({"theme": {"mode": "system"}});
        let preferences = core.preferences().parse_update(&theme).unwrap().into();
        let last_seen = update(Family::Messaging, &json!({"show_typing_indicator": true}));
        for update in [preferences, last_seen] {
            let (before, family) = (user(), update.family());
            let (after, changes) = before.change(&core, &update, at(200)).unwrap();
            assert_eq!(changes, []);
            assert_eq!(after.tag(&core, family), before.tag(&core, family));
            assert_eq!(after.version(family), before.version(family));
            assert_ne!(after.choices_of(family), before.choices_of(family));
        }
    }
}
