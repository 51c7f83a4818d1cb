//! Changes of choices in several families at once, on behalf of a user.

use super::{User, difference};
use crate::Timestamp;
use crate::catalogue::{Catalogue, ChoicesUpdate, Family, SettingsLocked};
use crate::settings::audit::SettingChange;
use crate::settings::revision::Version;

/// How existing choices and the bounds of layers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    /// The values replace existing choices. A value that a layer forbids fails.
    WithinLayers,
    /// The values replace existing choices. A value that a layer forbids is kept, and is not in force.
    Overwriting,
    /// The same, where there is no choice yet.
    Filling,
}

/// The row after a change of choices.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenSettings {
    /// The row.
    pub user: User,
    /// The families whose content changed.
    pub families: Vec<Family>,
    /// The visible changes.
    pub changes: Vec<SettingChange>,
}

impl User {
    /// The row after the update; `None` if the choices are the same. All or nothing: fails, and changes nothing, if a
    /// layer forbids one of the values and layers count.
    pub fn choose(
        &self,
        catalogue: &Catalogue,
        update: &ChoicesUpdate,
        choosing: Choosing,
        now: Timestamp,
    ) -> Result<Option<ChosenSettings>, SettingsLocked> {
        if choosing == Choosing::WithinLayers {
            catalogue.check_choices(update, |family| self.choices_of(family), &self.cohorts)?;
        }
        let mut user = self.clone();
        for family in update.families() {
            let fills = choosing == Choosing::Filling;
            update.apply(family, user.choices_of_mut(family), fills);
        }
        if (&user.choices, &user.preferences) == (&self.choices, &self.preferences) {
            return Ok(None);
        }
        user.revision = self.revision.next();
        let (mut families, mut all) = (Vec::new(), Vec::new());
        for family in update.families() {
            let old = self.shown(catalogue, family);
            let changes = difference(family, &old, user.shown(catalogue, family));
            if changes.is_empty() {
                continue;
            }
            let version = Version {
                revision: user.revision,
                updated_at: now.max(self.version(family).updated_at),
            };
            user.versions.set(family, version);
            families.push(family);
            all.extend(changes);
        }
        Ok(Some(ChosenSettings {
            user,
            families,
            changes: all,
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::{AccountId, UserId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn user() -> User {
        let id = Uuid::from_u128(1);
        User::first_seen(UserId::from_uuid(id), AccountId::from_uuid(id), at(0))
    }

    fn update(catalogue: &Catalogue, wanted: &[(&str, Value)]) -> ChoicesUpdate {
        let wanted = wanted.iter();
        let wanted = wanted.map(|(name, value)| catalogue.parse_choice(name, value).unwrap());
        ChoicesUpdate::new(wanted.collect())
    }

    #[test]
    fn settings_of_several_families_change_with_one_revision() {
        let catalogue = Catalogue::core();
        let wanted = update(
            &catalogue,
            &[
                ("messaging.show_last_seen", json!(false)),
                ("preferences.theme.mode", json!("dark")),
                // The default: an invisible change.
                ("account.is_private", json!(false)),
            ],
        );
        let user = user();
        let chosen = user.choose(&catalogue, &wanted, Choosing::WithinLayers, at(5));
        let chosen = chosen.unwrap().unwrap();
        assert_eq!(chosen.user.revision, user.revision.next());
        assert_eq!(chosen.families, [Family::Messaging, Family::Preferences]);
        let names: Vec<_> = chosen.changes.iter().map(|it| &*it.setting).collect();
        assert_eq!(
            names,
            ["messaging.show_last_seen", "preferences.theme.mode"]
        );
        for family in chosen.families {
            assert_eq!(chosen.user.version(family).updated_at, at(5));
        }
        assert_eq!(chosen.user.version(Family::Account).updated_at, at(0));
        let again = chosen
            .user
            .choose(&catalogue, &wanted, Choosing::Overwriting, at(6));
        assert_eq!(again, Ok(None));
    }

    #[test]
    fn a_choice_that_is_taken_back_leaves_the_default() {
        let catalogue = Catalogue::core();
        let wanted = update(&catalogue, &[("messaging.show_last_seen", json!(false))]);
        let chosen = user().choose(&catalogue, &wanted, Choosing::WithinLayers, at(1));
        let chosen = chosen.unwrap().unwrap().user;
        let taken_back = catalogue.parse_taken_back("messaging.show_last_seen");
        let taken_back = ChoicesUpdate::new(vec![taken_back.unwrap()]);
        let reset = chosen.choose(&catalogue, &taken_back, Choosing::WithinLayers, at(2));
        let reset = reset.unwrap().unwrap();
        assert!(reset.user.choices.is_empty());
        assert_eq!(reset.changes[0].new_value, json!(true));
    }

    #[test]
    fn a_value_that_a_layer_forbids_fails_or_is_kept() {
        let document = json!({"layers": [{"name": "house", "note": "Not here.",
            "defaults": {"messaging.show_last_seen": false, "preferences.theme.mode": "dark"},
            "allowed": {"messaging.show_last_seen": [false], "preferences.theme.mode": ["dark"]}}]});
        let catalogue = Catalogue::parse(&document.to_string()).unwrap();
        let wanted = update(
            &catalogue,
            &[
                ("messaging.show_last_seen", json!(true)),
                ("preferences.theme.mode", json!("light")),
                ("messaging.show_read_receipts", json!(false)),
            ],
        );
        let locked = user().choose(&catalogue, &wanted, Choosing::WithinLayers, at(1));
        let locked = locked.unwrap_err();
        let fields: Vec<_> = locked.fields().iter().map(|it| &*it.field).collect();
        assert_eq!(
            fields,
            ["messaging.show_last_seen", "preferences.theme.mode"]
        );
        let kept = user().choose(&catalogue, &wanted, Choosing::Overwriting, at(1));
        let kept = kept.unwrap().unwrap();
        let chosen = kept.user.choices.get("messaging.show_last_seen");
        assert_eq!(chosen, Some(&json!(true)));
        assert_eq!(kept.changes.len(), 1);
    }
}
