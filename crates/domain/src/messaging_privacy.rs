//! Messaging privacy: what other people in a chat get to see and do. [`MESSAGING_SETTINGS`] is the
//! one table of these settings; a new one is an entry there.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::FieldError;
use crate::audience::Audience;
use crate::canonical::canonical;
use crate::user::{SettingsFamily, User, Versioned};

/// One user's messaging privacy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessagingPrivacy {
    /// Whether senders learn that their message was read.
    pub show_read_receipts: bool,
    /// Whether those who may see the profile learn when the owner was last there.
    pub show_last_seen: bool,
    /// Whether others learn that the owner is typing.
    pub show_typing_indicator: bool,
    /// Who may see the profile.
    pub who_can_see_profile: Audience,
    /// Who may add the owner to a group.
    pub who_can_add_to_groups: Audience,
    /// After how long the owner's new messages disappear; `None` means that they stay.
    pub disappearing_messages_default: Option<DisappearingAfter>,
}

impl Default for MessagingPrivacy {
    fn default() -> Self {
        Self {
            show_read_receipts: true,
            show_last_seen: true,
            show_typing_indicator: true,
            who_can_see_profile: Audience::Everyone,
            who_can_add_to_groups: Audience::Everyone,
            disappearing_messages_default: None,
        }
    }
}

/// How long a message lives, one of [`DisappearingAfter::CHOICES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisappearingAfter(u32);

impl DisappearingAfter {
    /// Five minutes, an hour, a day and a week, in seconds.
    pub const CHOICES: [u32; 4] = [300, 3_600, 86_400, 604_800];

    /// Takes one of the choices.
    #[must_use]
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        let seconds = u32::try_from(seconds).ok()?;
        Self::CHOICES.contains(&seconds).then_some(Self(seconds))
    }

    /// The duration in seconds.
    #[must_use]
    pub const fn as_seconds(self) -> u32 {
        self.0
    }
}

/// A messaging setting: its name, what it takes, and how it is read and written.
pub struct MessagingSetting {
    /// The name in requests, answers and, behind `messaging.`, in the audit log.
    pub name: &'static str,
    /// What the setting takes, for people.
    pub takes: &'static str,
    get: fn(&MessagingPrivacy) -> Value,
    set: fn(&mut MessagingPrivacy, &Value) -> Option<()>,
}

impl fmt::Debug for MessagingSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const BOOLEAN: &str = "true or false";
const AUDIENCE: &str = "one of: everyone, contacts, nobody";
const DURATION: &str = "one of: null, 300, 3600, 86400, 604800 (seconds)";

/// Every messaging setting, in the order in which they are shown.
pub const MESSAGING_SETTINGS: [MessagingSetting; 6] = [
    MessagingSetting {
        name: "show_read_receipts",
        takes: BOOLEAN,
        get: |privacy| privacy.show_read_receipts.into(),
        set: |privacy, value| {
            privacy.show_read_receipts = value.as_bool()?;
            Some(())
        },
    },
    MessagingSetting {
        name: "show_last_seen",
        takes: BOOLEAN,
        get: |privacy| privacy.show_last_seen.into(),
        set: |privacy, value| {
            privacy.show_last_seen = value.as_bool()?;
            Some(())
        },
    },
    MessagingSetting {
        name: "show_typing_indicator",
        takes: BOOLEAN,
        get: |privacy| privacy.show_typing_indicator.into(),
        set: |privacy, value| {
            privacy.show_typing_indicator = value.as_bool()?;
            Some(())
        },
    },
    MessagingSetting {
        name: "who_can_see_profile",
        takes: AUDIENCE,
        get: |privacy| privacy.who_can_see_profile.as_str().into(),
        set: |privacy, value| {
            privacy.who_can_see_profile = Audience::parse(value.as_str()?)?;
            Some(())
        },
    },
    MessagingSetting {
        name: "who_can_add_to_groups",
        takes: AUDIENCE,
        get: |privacy| privacy.who_can_add_to_groups.as_str().into(),
        set: |privacy, value| {
            privacy.who_can_add_to_groups = Audience::parse(value.as_str()?)?;
            Some(())
        },
    },
    MessagingSetting {
        name: "disappearing_messages_default",
        takes: DURATION,
        get: |privacy| {
            privacy
                .disappearing_messages_default
                .map(DisappearingAfter::as_seconds)
                .into()
        },
        set: |privacy, value| {
            privacy.disappearing_messages_default = match value {
                Value::Null => None,
                // A number counts by its value: 3e2 and 300.0 are 300.
                seconds => {
                    let seconds = canonical(seconds.clone()).as_u64()?;
                    Some(DisappearingAfter::from_seconds(seconds)?)
                }
            };
            Some(())
        },
    },
];

/// One or more messaging settings with the values they shall have. Holds valid values only.
#[derive(Debug, Clone)]
pub struct MessagingUpdate(Vec<(&'static MessagingSetting, Value)>);

impl MessagingUpdate {
    /// Takes names and values; all of them, or every error there is.
    pub fn parse<'a>(
        wanted: impl IntoIterator<Item = (&'a str, &'a Value)>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut accepted = Vec::new();
        let mut errors = Vec::new();
        for (name, value) in wanted {
            match parse_setting(name, value) {
                Ok(setting) => accepted.push((setting, value.clone())),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Self(accepted))
        } else {
            Err(errors)
        }
    }

    /// The settings with this update carried out.
    #[must_use]
    pub fn apply(&self, current: &MessagingPrivacy) -> MessagingPrivacy {
        let mut next = *current;
        for (setting, value) in &self.0 {
            let taken = (setting.set)(&mut next, value);
            debug_assert!(
                taken.is_some(),
                "{setting:?} took this value when it was parsed"
            );
        }
        next
    }
}

fn parse_setting(name: &str, value: &Value) -> Result<&'static MessagingSetting, FieldError> {
    let Some(setting) = MESSAGING_SETTINGS
        .iter()
        .find(|setting| setting.name == name)
    else {
        let names: Vec<_> = MESSAGING_SETTINGS
            .iter()
            .map(|setting| setting.name)
            .collect();
        return Err(FieldError::new(
            name,
            format!("Unknown setting. Must be one of: {}.", names.join(", ")),
        ));
    };
    match (setting.set)(&mut MessagingPrivacy::default(), value) {
        Some(()) => Ok(setting),
        None => Err(FieldError::new(name, format!("Must be {}.", setting.takes))),
    }
}

impl SettingsFamily for MessagingPrivacy {
    const NAME: &'static str = "messaging";
    type Rules = ();

    fn slot(user: &User) -> &Versioned<Self> {
        &user.messaging_privacy
    }

    fn slot_mut(user: &mut User) -> &mut Versioned<Self> {
        &mut user.messaging_privacy
    }

    fn shown(&self, (): &()) -> Vec<(Cow<'static, str>, Value)> {
        MESSAGING_SETTINGS
            .iter()
            .map(|setting| (setting.name.into(), (setting.get)(self)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn update(name: &str, value: &Value) -> Result<MessagingPrivacy, Vec<FieldError>> {
        MessagingUpdate::parse([(name, value)])
            .map(|update| update.apply(&MessagingPrivacy::default()))
    }

    #[test]
    fn every_setting_takes_each_of_its_values_and_shows_it_again() {
        let booleans = [json!(true), json!(false)];
        let audiences = [json!("everyone"), json!("contacts"), json!("nobody")];
        let durations = [
            json!(null),
            json!(300),
            json!(3600),
            json!(86400),
            json!(604_800),
        ];
        for setting in &MESSAGING_SETTINGS {
            let values: &[Value] = match setting.takes {
                BOOLEAN => &booleans,
                AUDIENCE => &audiences,
                DURATION => &durations,
                other => panic!("no values known for {other}"),
            };
            for value in values {
                let settings = update(setting.name, value).unwrap();
                assert_eq!((setting.get)(&settings), *value, "{}", setting.name);
            }
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused_and_the_answer_says_what_the_setting_takes() {
        for (name, value) in [
            ("show_last_seen", json!("true")),
            ("show_last_seen", json!(1)),
            ("show_last_seen", json!(null)),
            ("who_can_see_profile", json!("friends")),
            ("who_can_see_profile", json!("Everyone")),
            ("disappearing_messages_default", json!(86400.5)),
            ("disappearing_messages_default", json!("86400")),
            ("disappearing_messages_default", json!(0)),
            ("disappearing_messages_default", json!(-300)),
            ("disappearing_messages_default", json!(301)),
            ("disappearing_messages_default", json!(4_294_967_596_u64)),
        ] {
            let errors = update(name, &value).unwrap_err();
            let setting = MESSAGING_SETTINGS
                .iter()
                .find(|setting| setting.name == name)
                .unwrap();
            assert_eq!(errors.len(), 1);
            assert_eq!(errors[0].field, name);
            assert!(
                errors[0].message.contains(setting.takes),
                "{}",
                errors[0].message
            );
        }
    }

    #[test]
    fn a_duration_counts_by_its_value_however_it_is_written() {
        for (text, seconds) in [
            ("300.0", 300),
            ("3e2", 300),
            ("3.6E+3", 3_600),
            ("8640000e-2", 86_400),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let settings = update("disappearing_messages_default", &value).unwrap();
            let chosen = settings.disappearing_messages_default;
            assert_eq!(
                chosen.map(DisappearingAfter::as_seconds),
                Some(seconds),
                "{text}"
            );
        }
        for value in [json!(300.5), json!(-300.0), json!(1e300), json!(-0.0)] {
            assert!(
                update("disappearing_messages_default", &value).is_err(),
                "{value}"
            );
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_with_the_names_there_are() {
        let errors = update("show_everything", &json!(true)).unwrap_err();
        assert_eq!(errors[0].field, "show_everything");
        assert!(errors[0].message.contains("who_can_add_to_groups"));
    }

    #[test]
    fn of_several_settings_every_error_is_told() {
        let (yes, no) = (json!("yes"), json!(true));
        let errors =
            MessagingUpdate::parse([("show_last_seen", &yes), ("nothing", &no)]).unwrap_err();
        assert_eq!(errors.len(), 2);
    }

    proptest! {
        #[test]
        fn no_number_but_the_choices_is_a_duration(seconds: u64) {
            let known = DisappearingAfter::CHOICES.iter().any(|choice| u64::from(*choice) == seconds);
            prop_assert_eq!(DisappearingAfter::from_seconds(seconds).is_some(), known);
        }
    }
}
