//! Compiles documents into a catalogue: the built-in ones, and an operator's on top of them. Reports all errors, not
//! only the first.

use std::collections::{HashMap, HashSet};

use super::action::{ActionIndex, ActionRule};
use super::built_in::BuiltIn;
use super::cohorts::Cohort;
use super::document::{self, Document};
use super::family::Family;
use super::fault::{Faults, InvalidCatalogue};
use super::layers::{Layer, Layered, Layers, Memo};
use super::preferences::PreferencesSchema;
use super::setting::{Setting, SettingIndex};
use super::{Catalogue, MOST_ACTIONS, MOST_MESSAGING_SETTINGS};

mod actions;
mod layers;
mod settings;

/// Compiles a built-in catalogue.
pub(super) fn built_in(
    built_in: BuiltIn,
    preferences: PreferencesSchema,
) -> Result<Catalogue, InvalidCatalogue> {
    let mut faults = Faults::default();
    let draft = Draft::of(built_in, preferences, &mut faults);
    faults.finish(draft.finish())
}

/// Compiles an operator's document on top of the built-in catalogue that it extends.
pub(super) fn extend(
    text: &str,
    preferences: PreferencesSchema,
) -> Result<Catalogue, InvalidCatalogue> {
    let mut faults = Faults::default();
    let document = document::read(text, &mut faults);
    let mut draft = Draft::of(document.extends, preferences, &mut faults);
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
struct Draft {
    preferences: PreferencesSchema,
    settings: Vec<Setting>,
    /// By dotted name. Includes invalid settings, so that an action that needs one does not cause a second error.
    settings_by_name: HashMap<String, Option<SettingIndex>>,
    built_in_settings: usize,
    actions: Vec<ActionRule>,
    actions_by_name: HashMap<String, Option<ActionIndex>>,
    built_in_actions: usize,
    cohorts: Vec<Cohort>,
    layers: Vec<Layer>,
}

impl Draft {
    fn of(built_in: BuiltIn, preferences: PreferencesSchema, faults: &mut Faults) -> Self {
        let mut draft = Self {
            preferences,
            settings: Vec::new(),
            settings_by_name: HashMap::new(),
            built_in_settings: 0,
            actions: Vec::new(),
            actions_by_name: HashMap::new(),
            built_in_actions: 0,
            cohorts: Vec::new(),
            layers: Vec::new(),
        };
        for text in built_in.documents() {
            let document = document::read(text, faults);
            draft.add(&document, Origin::BuiltIn, faults);
            draft.built_in_settings = draft.settings.len();
            draft.built_in_actions = draft.actions.len();
        }
        draft
    }

    fn add(&mut self, document: &Document, origin: Origin, faults: &mut Faults) {
        let mut changed = HashSet::new();
        for entry in &document.settings {
            self.add_setting(entry, origin, &mut changed, faults);
        }
        for entry in &document.actions {
            self.add_action(entry, faults);
        }
        self.add_cohorts(&document.cohorts, faults);
        self.add_layers(&document.layers, faults);
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
        let Self {
            mut settings,
            mut actions,
            ..
        } = self;
        settings.iter_mut().for_each(Setting::prepare);
        for action in &mut actions {
            action.prepare(&settings);
        }
        let settings_by_name = self.settings_by_name.into_iter();
        let actions_by_name = self.actions_by_name.into_iter();
        let has_cohorts = !self.cohorts.is_empty();
        let layers = Layers::new(self.cohorts, self.layers);
        let everybody = Layered::compute(&settings, &layers, layers.for_everybody());
        Catalogue {
            memo: Memo::new(everybody, has_cohorts),
            layers,
            settings,
            settings_by_name: known(settings_by_name),
            actions,
            actions_by_name: known(actions_by_name),
            preferences: self.preferences,
        }
    }
}

/// The names of what has no fault.
fn known<T>(names: impl Iterator<Item = (String, Option<T>)>) -> HashMap<String, T> {
    names.filter_map(|(name, it)| Some((name, it?))).collect()
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
