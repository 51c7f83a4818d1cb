//! The catalogue: all settings with their valid values and defaults, and the settings that each action needs. It
//! is data: the built-in document `core.json`, and an operator's document that extends it.

mod action;
pub mod audience;
mod choices;
mod compile;
mod core_action;
mod document;
mod effective;
mod family;
mod fault;
mod hash;
mod json_schema;
pub mod preferences;
mod setting;
mod shown;
mod to_document;
mod update;

use std::collections::HashMap;

pub use action::{ActionIndex, ActionRule, Need};
pub use choices::Choices;
pub use core_action::CoreAction;
pub use effective::EffectiveSettings;
pub use family::Family;
pub use fault::{CatalogueFault, InvalidCatalogue};
pub use setting::{EffectiveValue, Setting, SettingIndex, SettingType, ValueIndex};
pub use update::SettingsUpdate;

use preferences::PreferencesSchema;

const CORE: &str = include_str!("catalogue/core.json");

/// The maximum number of settings of the messaging family, including the built-in ones.
pub const MOST_MESSAGING_SETTINGS: usize = 64;
/// The maximum number of actions, including the built-in ones.
pub const MOST_ACTIONS: usize = 64;

/// A valid catalogue. The index of a setting or action is its position in the document, the built-in ones first.
#[derive(Debug)]
pub struct Catalogue {
    settings: Vec<Setting>,
    settings_by_name: HashMap<String, SettingIndex>,
    actions: Vec<ActionRule>,
    actions_by_name: HashMap<String, ActionIndex>,
    preferences: PreferencesSchema,
}

impl Catalogue {
    /// The built-in catalogue `core`.
    ///
    /// # Panics
    /// Never: the document is part of the program, and a test reads it.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the built-in document is fixed at compile time and tested"
    )]
    pub fn core() -> Self {
        compile::built_in(CORE).expect("the built-in catalogue is valid")
    }

    /// Parses an operator's document, which extends `core`. Returns all errors.
    pub fn parse(text: &str) -> Result<Self, InvalidCatalogue> {
        compile::extend(CORE, text)
    }

    /// The same catalogue with another schema of preferences.
    #[must_use]
    pub fn with_preferences(self, preferences: PreferencesSchema) -> Self {
        Self {
            preferences,
            ..self
        }
    }

    /// A hash of the catalogue. It changes with titles and preferences too.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut hash = hash::Fnv1a::default();
        hash.write(self.to_document().to_string().as_bytes());
        hash.write(self.preferences.document().to_string().as_bytes());
        hash.finish()
    }

    /// Half of the hash, for operators: replicas with the same fingerprint run the same catalogue.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        let [a, b, c, d, ..] = self.hash().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// The schema of preferences.
    #[must_use]
    pub const fn preferences(&self) -> &PreferencesSchema {
        &self.preferences
    }

    /// All settings of all families except preferences, in display order.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The settings of one family with their indices, in display order.
    pub fn family(&self, family: Family) -> impl Iterator<Item = (SettingIndex, &Setting)> {
        let indices = (0..).map(SettingIndex::new);
        let all = indices.zip(&self.settings);
        all.filter(move |(_, setting)| setting.family() == family)
    }

    /// The setting with this dotted name (`account.is_private`).
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(SettingIndex, &Setting)> {
        let index = *self.settings_by_name.get(name)?;
        Some((index, self.settings.get(index.get())?))
    }

    /// All actions, in display order.
    #[must_use]
    pub fn actions(&self) -> &[ActionRule] {
        &self.actions
    }

    /// The action with this name.
    #[must_use]
    pub fn find_action(&self, name: &str) -> Option<(ActionIndex, &ActionRule)> {
        let index = *self.actions_by_name.get(name)?;
        Some((index, self.actions.get(index.get())?))
    }

    /// The rule of an action that every catalogue has.
    ///
    /// # Panics
    /// Never: a test looks at each, and an operator's catalogue takes none away.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "an operator's catalogue takes no built-in action away; a test looks at each"
    )]
    pub fn core_action(&self, action: CoreAction) -> &ActionRule {
        let found = self.find_action(action.as_str());
        let (_, rule) = found.expect("every catalogue has the core actions");
        rule
    }

    /// The values in force for a user with these choices: the choice if the setting accepts it, otherwise the
    /// default.
    #[must_use]
    pub fn in_force(&self, choices: &Choices) -> EffectiveSettings {
        EffectiveSettings::of(self, choices)
    }

    /// The values in force for a user without choices.
    #[must_use]
    pub fn defaults(&self) -> EffectiveSettings {
        self.in_force(&Choices::default())
    }

    /// The complete catalogue as one document, including `core`, to print.
    #[must_use]
    pub fn to_document(&self) -> serde_json::Value {
        to_document::document(self)
    }

    /// The JSON Schema (draft 2020-12) of an operator's document.
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        json_schema::json_schema()
    }
}

#[cfg(test)]
mod tests;
