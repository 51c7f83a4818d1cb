//! Compiles documents into a catalogue: the built-in one, and an operator's on top of it. Reports all errors, not
//! only the first.

use std::collections::HashMap;

use super::action::{ActionIndex, ActionRule};
use super::document::{self, Document};
use super::family::Family;
use super::fault::{Faults, InvalidCatalogue};
use super::preferences::PreferencesSchema;
use super::setting::{Setting, SettingIndex};
use super::{Catalogue, MOST_ACTIONS, MOST_MESSAGING_SETTINGS};

mod actions;
mod settings;

/// Compiles the built-in document.
pub(super) fn built_in(text: &str) -> Result<Catalogue, InvalidCatalogue> {
    let mut faults = Faults::default();
    let draft = Draft::of(
        &document::read(text, &mut faults),
        Origin::BuiltIn,
        &mut faults,
    );
    faults.finish(draft.finish())
}

/// Compiles an operator's document on top of the built-in one.
pub(super) fn extend(core: &str, text: &str) -> Result<Catalogue, InvalidCatalogue> {
    let mut faults = Faults::default();
    let core = document::read(core, &mut faults);
    let mut draft = Draft::of(&core, Origin::BuiltIn, &mut faults);
    draft.built_in_settings = draft.settings.len();
    draft.built_in_actions = draft.actions.len();
    let document = document::read(text, &mut faults);
    draft.add(&document, Origin::Operator, &mut faults);
    draft.check_bounds(&mut faults);
    faults.finish(draft.finish())
}

/// The document that contains an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    BuiltIn,
    Operator,
}

/// A catalogue during compilation.
#[derive(Default)]
struct Draft {
    settings: Vec<Setting>,
    /// By dotted name. Includes invalid settings, so that an action that needs one does not cause a second error.
    settings_by_name: HashMap<String, Option<SettingIndex>>,
    built_in_settings: usize,
    actions: Vec<ActionRule>,
    actions_by_name: HashMap<String, Option<ActionIndex>>,
    built_in_actions: usize,
}

impl Draft {
    fn of(document: &Document, origin: Origin, faults: &mut Faults) -> Self {
        let mut draft = Self::default();
        draft.add(document, origin, faults);
        draft
    }

    fn add(&mut self, document: &Document, origin: Origin, faults: &mut Faults) {
        for entry in &document.settings {
            self.add_setting(entry, origin, faults);
        }
        for entry in &document.actions {
            self.add_action(entry, faults);
        }
    }

    fn check_bounds(&self, faults: &mut Faults) {
        let messaging = self.settings.iter();
        let messaging = messaging.filter(|setting| setting.family == Family::Messaging);
        let most = MOST_MESSAGING_SETTINGS;
        if messaging.count() > most {
            faults.add(
                "settings",
                format!("there may be at most {most}, the built-in ones included"),
            );
        }
        if self.actions.len() > MOST_ACTIONS {
            let problem =
                format!("there may be at most {MOST_ACTIONS}, the built-in ones included");
            faults.add("actions", problem);
        }
    }

    fn finish(self) -> Catalogue {
        let settings = self.settings_by_name.into_iter();
        let actions = self.actions_by_name.into_iter();
        let mut compiled = self.settings;
        compiled.iter_mut().for_each(Setting::prepare);
        Catalogue {
            settings: compiled,
            settings_by_name: settings
                .filter_map(|(name, it)| Some((name, it?)))
                .collect(),
            actions: self.actions,
            actions_by_name: actions.filter_map(|(name, it)| Some((name, it?))).collect(),
            preferences: PreferencesSchema::built_in(),
        }
    }
}

/// Valid names of settings within a family, and of actions: a lower-case letter, then at most 62 lower-case
/// letters, digits and `_`.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 63
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

const NAME_RULE: &str =
    "a name is a lower-case letter and up to 62 lower-case letters, digits and _";
