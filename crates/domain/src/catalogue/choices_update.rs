//! Changes of choices by dotted name, for settings of several families at once.

use serde_json::Value;

use super::Catalogue;
use super::choices::Choices;
use super::family::Family;
use super::setting::Setting;
use crate::FieldError;

/// New choices for settings of any family. Contains only valid names and values, each name once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChoicesUpdate(Vec<WantedChoice>);

/// The new choice of one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedChoice {
    family: Family,
    /// The name among the choices of the family.
    name: String,
    /// The value; `None` takes the choice back.
    value: Option<Value>,
}

impl WantedChoice {
    /// The family of the setting.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// The name among the choices of the family.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value; `None` takes the choice back.
    #[must_use]
    pub const fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }
}

impl ChoicesUpdate {
    /// These choices. MUST NOT contain a name twice, as no JSON object does.
    #[must_use]
    pub const fn new(wanted: Vec<WantedChoice>) -> Self {
        Self(wanted)
    }

    /// Whether there are no choices.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The families with choices.
    pub fn families(&self) -> impl Iterator<Item = Family> {
        let is_in = |family: &Family| self.0.iter().any(|wanted| wanted.family == *family);
        Family::ALL.into_iter().filter(is_in)
    }

    /// The values to choose in a family, by name among its choices.
    pub(crate) fn chosen(&self, family: Family) -> impl Iterator<Item = (&str, &Value)> {
        let of_family = self.0.iter().filter(move |wanted| wanted.family == family);
        of_family.filter_map(|wanted| Some((&*wanted.name, wanted.value.as_ref()?)))
    }

    /// Applies the changes of a family to its choices. With `fills`, only where there is no choice.
    pub(crate) fn apply(&self, family: Family, choices: &mut Choices, fills: bool) {
        let of_family = self.0.iter().filter(|wanted| wanted.family == family);
        for WantedChoice { name, value, .. } in of_family {
            match value {
                Some(_) if fills && choices.get(name).is_some() => {}
                Some(value) => choices.choose(name, value.clone()),
                None => choices.forget(name),
            }
        }
    }
}

impl Catalogue {
    /// Parses the choice of a value by the dotted name of the setting, family first. The error names it so, too.
    pub fn parse_choice(&self, dotted: &str, value: &Value) -> Result<WantedChoice, FieldError> {
        let wrong = |message: String| FieldError::new(dotted, message);
        if let Some(key) = preference_key(dotted) {
            let parsed = self.preferences().parse_value(key, value);
            let parsed = parsed.ok_or_else(|| wrong("Unknown preference.".to_owned()))?;
            return Ok(WantedChoice {
                family: Family::Preferences,
                name: key.to_owned(),
                value: Some(parsed.map_err(wrong)?),
            });
        }
        let (family, setting) = self.find_by_dotted_name(dotted)?;
        let index = setting.parse(value);
        let index = index.ok_or_else(|| wrong(format!("Must be {}.", setting.takes())))?;
        Ok(WantedChoice {
            family,
            name: dotted.to_owned(),
            value: Some(setting.value(index).clone()),
        })
    }

    /// Parses the name of a setting whose choice is taken back.
    pub fn parse_taken_back(&self, dotted: &str) -> Result<WantedChoice, FieldError> {
        let (family, name) = match preference_key(dotted) {
            Some(key) if self.preferences().default(key).is_some() => (Family::Preferences, key),
            Some(_) => return Err(FieldError::new(dotted, "Unknown preference.")),
            None => (self.find_by_dotted_name(dotted)?.0, dotted),
        };
        Ok(WantedChoice {
            family,
            name: name.to_owned(),
            value: None,
        })
    }

    fn find_by_dotted_name(&self, dotted: &str) -> Result<(Family, &Setting), FieldError> {
        let family = dotted.split_once('.').map(|(family, _)| family);
        let family = family.and_then(Family::parse);
        let setting = self.find(dotted).map(|(_, setting)| setting);
        family
            .zip(setting)
            .ok_or_else(|| FieldError::new(dotted, "Unknown setting."))
    }
}

/// The key of a preference by its dotted name.
fn preference_key(dotted: &str) -> Option<&str> {
    dotted
        .strip_prefix(Family::Preferences.as_str())?
        .strip_prefix('.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_of_every_family_are_chosen_by_dotted_name() {
        let catalogue = Catalogue::core();
        for (name, value, family) in [
            ("account.is_private", json!(true), Family::Account),
            ("email.allow_email_contact", json!(false), Family::Email),
            (
                "messaging.disappearing_messages_default",
                json!(null),
                Family::Messaging,
            ),
            ("preferences.theme.mode", json!("dark"), Family::Preferences),
        ] {
            let chosen = catalogue.parse_choice(name, &value).unwrap();
            assert_eq!((chosen.family, &chosen.value), (family, &Some(value)));
            let taken_back = catalogue.parse_taken_back(name).unwrap();
            assert_eq!(taken_back.name, chosen.name);
            assert_eq!(taken_back.value, None);
        }
    }

    #[test]
    fn unknown_names_and_wrong_values_are_refused_by_dotted_name() {
        let catalogue = Catalogue::core();
        for (name, value) in [
            ("", json!(1)),
            ("messaging", json!(true)),
            ("messaging.nope", json!(true)),
            ("preferences.theme", json!("dark")),
            ("preferences.theme.mode", json!("sepia")),
            ("messaging.show_last_seen", json!("true")),
            ("account.is_private", json!(null)),
        ] {
            let error = catalogue.parse_choice(name, &value).unwrap_err();
            assert_eq!(error.field, name);
        }
        for name in ["", "messaging.nope", "preferences.theme", "theme.mode"] {
            assert!(catalogue.parse_taken_back(name).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_filled_is_only_what_is_not_chosen() {
        let catalogue = Catalogue::core();
        let wanted = [
            ("messaging.show_last_seen", json!(true)),
            ("messaging.show_read_receipts", json!(false)),
        ];
        let wanted = wanted.map(|(name, value)| catalogue.parse_choice(name, &value).unwrap());
        let update = ChoicesUpdate::new(wanted.into());
        let mut choices = Choices::default();
        choices.choose("messaging.show_last_seen", json!(false));
        update.apply(Family::Messaging, &mut choices, true);
        assert_eq!(choices.get("messaging.show_last_seen"), Some(&json!(false)));
        let filled = choices.get("messaging.show_read_receipts");
        assert_eq!(filled, Some(&json!(false)));
        update.apply(Family::Messaging, &mut choices, false);
        assert_eq!(choices.get("messaging.show_last_seen"), Some(&json!(true)));
        assert!(update.families().eq([Family::Messaging]));
    }
}
