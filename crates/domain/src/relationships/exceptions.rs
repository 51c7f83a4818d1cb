//! Exceptions: what one person may always or never do to a user, whatever the user's settings.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalogue::Catalogue;
use crate::{FieldError, Timestamp, UserId};

/// The most people for whom a user may have exceptions.
pub const MOST_PEOPLE_WITH_EXCEPTIONS: u32 = 1_000;

/// What an exception says of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exception {
    /// The person never may.
    Never,
    /// The person always may.
    Always,
}

impl Exception {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Never, Self::Always];

    /// The name in requests, answers and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
        }
    }

    /// The exception of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// A user's exceptions for one person, by the names of actions. May hold actions that the catalogue in force does not
/// know: they are kept, and have no effect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exceptions(Box<[(Box<str>, Exception)]>);

impl Exceptions {
    /// These exceptions. Of two for one action the later one counts.
    pub fn of<T: Into<Box<str>>>(entries: impl IntoIterator<Item = (T, Exception)>) -> Self {
        let entries = entries.into_iter().map(|(action, it)| (action.into(), it));
        let by_action: BTreeMap<Box<str>, _> = entries.collect();
        Self(by_action.into_iter().collect())
    }

    /// Reads actions and exceptions: all of them, or every error there is, by the name of the action.
    pub fn parse(
        catalogue: &Catalogue,
        wanted: &Map<String, Value>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut accepted = Vec::new();
        let mut errors = Vec::new();
        for (action, value) in wanted {
            let exception = value.as_str().and_then(Exception::parse);
            match exception {
                _ if catalogue.find_action(action).is_none() => {
                    errors.push(FieldError::new(action, "Unknown action."));
                }
                Some(exception) => accepted.push((action.as_str(), exception)),
                None => {
                    let names = Exception::ALL.map(Exception::as_str).join(", ");
                    errors.push(FieldError::new(action, format!("Must be one of: {names}.")));
                }
            }
        }
        if errors.is_empty() {
            Ok(Self::of(accepted))
        } else {
            Err(errors)
        }
    }

    /// What a store kept, as [`Self::to_stored`] gave it.
    #[must_use]
    pub fn from_stored(stored: &Map<String, Value>) -> Self {
        let entries = stored.iter();
        Self::of(entries.filter_map(|(action, value)| {
            Some((action.as_str(), Exception::parse(value.as_str()?)?))
        }))
    }

    /// A flat object from action to exception, for a store to keep.
    #[must_use]
    pub fn to_stored(&self) -> Map<String, Value> {
        let entries = self.0.iter();
        entries
            .map(|(action, exception)| (action.to_string(), exception.as_str().into()))
            .collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The exception for an action.
    #[must_use]
    pub fn get(&self, action: &str) -> Option<Exception> {
        let position = self.0.binary_search_by(|(known, _)| (**known).cmp(action));
        let (_, exception) = self.0.get(position.ok()?)?;
        Some(*exception)
    }

    /// The exceptions for actions that the catalogue knows, in its order.
    pub fn shown<'a>(
        &self,
        catalogue: &'a Catalogue,
    ) -> impl Iterator<Item = (&'a str, Exception)> {
        let actions = catalogue.actions().iter();
        actions.filter_map(|action| Some((action.name(), self.get(action.name())?)))
    }
}

/// A person with exceptions as their owner sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonWithExceptions {
    /// For whom they hold.
    pub user_id: UserId,
    /// What holds.
    pub exceptions: Exceptions,
    /// When they last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else {
            unreachable!()
        };
        map
    }

    #[test]
    fn an_exception_is_never_or_always_for_an_action_of_the_catalogue() {
        let core = Catalogue::core();
        let wanted = map(json!({"view_last_seen": "never", "add_to_group": "always"}));
        let exceptions = Exceptions::parse(&core, &wanted).unwrap();
        assert_eq!(exceptions.get("view_last_seen"), Some(Exception::Never));
        assert_eq!(exceptions.get("add_to_group"), Some(Exception::Always));
        assert_eq!(exceptions.get("view_profile"), None);
        let wrong = map(json!({"nope": "never", "view_profile": "sometimes", "view_typing": true}));
        let errors = Exceptions::parse(&core, &wrong).unwrap_err();
        let expected = [
            FieldError::new("nope", "Unknown action."),
            FieldError::new("view_profile", "Must be one of: never, always."),
            FieldError::new("view_typing", "Must be one of: never, always."),
        ];
        assert_eq!(errors, expected);
    }

    #[test]
    fn exceptions_for_actions_that_are_gone_are_kept_and_not_shown() {
        let stored =
            map(json!({"gone": "always", "view_typing": "never", "view_profile": "always"}));
        let exceptions = Exceptions::from_stored(&stored);
        assert_eq!(exceptions.to_stored().len(), 3);
        let core = Catalogue::core();
        let shown: Vec<_> = exceptions.shown(&core).collect();
        let expected = [
            ("view_profile", Exception::Always),
            ("view_typing", Exception::Never),
        ];
        assert_eq!(shown, expected);
    }
}
