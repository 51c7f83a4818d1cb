//! The catalogue: all settings with their valid values, defaults and bounds, and the settings that each action needs.
//! It is data: built-in documents, and an operator's document that extends one of them.

mod action;
pub mod audience;
mod built_in;
mod choices;
mod choices_update;
mod cohorts;
mod compile;
mod core_action;
mod document;
mod effective;
mod family;
mod fault;
mod hash;
mod in_force;
mod json_schema;
mod layers;
mod locks;
pub mod preferences;
mod setting;
mod shown;
mod state;
mod to_document;
mod update;

use std::collections::HashMap;

pub use action::{ActionIndex, ActionRule, Need};
pub use built_in::BuiltIn;
pub use choices::Choices;
pub use choices_update::{ChoicesUpdate, WantedChoice};
pub use cohorts::{Cohort, Cohorts, MOST_COHORTS_OF_A_USER};
pub use core_action::CoreAction;
pub use effective::EffectiveSettings;
pub use family::Family;
pub use fault::{CatalogueFault, InvalidCatalogue};
pub use locks::SettingsLocked;
pub use setting::{EffectiveValue, Setting, SettingIndex, SettingType, ValueIndex};
pub use state::{SettingState, Source};
pub use update::SettingsUpdate;

use layers::{Layers, Memo};
use preferences::PreferencesSchema;

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
    layers: Layers,
    /// What the layers come to, by sets of them.
    memo: Memo,
}

impl Catalogue {
    /// The built-in catalogue `core`, with the built-in schema of preferences.
    #[must_use]
    pub fn core() -> Self {
        Self::built_in(BuiltIn::Core, PreferencesSchema::built_in())
    }

    /// The built-in catalogue `messenger`, with the built-in schema of preferences.
    #[must_use]
    pub fn messenger() -> Self {
        Self::built_in(BuiltIn::Messenger, PreferencesSchema::built_in())
    }

    /// A built-in catalogue.
    ///
    /// # Panics
    /// Never: the documents are part of the program, and a test reads each.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the built-in documents are fixed at compile time and tested"
    )]
    pub fn built_in(built_in: BuiltIn, preferences: PreferencesSchema) -> Self {
        compile::built_in(built_in, preferences).expect("the built-in catalogue is valid")
    }

    /// Parses an operator's document, which extends a built-in catalogue. Returns all errors.
    pub fn parse(text: &str) -> Result<Self, InvalidCatalogue> {
        Self::parse_with(text, PreferencesSchema::built_in())
    }

    /// The same with another schema of preferences. Layers may name its keys.
    pub fn parse_with(
        text: &str,
        preferences: PreferencesSchema,
    ) -> Result<Self, InvalidCatalogue> {
        compile::extend(text, preferences)
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

    /// All cohorts, in the order of the document.
    #[must_use]
    pub fn cohorts(&self) -> &[Cohort] {
        self.layers.cohorts()
    }

    /// The complete catalogue as one document, including the built-in part, to print.
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
