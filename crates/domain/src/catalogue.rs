//! The catalogue: which settings there are, what each takes, its default and its bounds, and which action needs which
//! setting. It is data: built-in documents, and an operator's document on top of them.

mod action;
pub mod audience;
mod built_in;
mod choices;
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

/// The most settings of the messaging family, the built-in ones included.
pub const MOST_MESSAGING_SETTINGS: usize = 64;
/// The most actions, the built-in ones included.
pub const MOST_ACTIONS: usize = 64;

/// A checked catalogue. Settings and actions have dense indices: their positions in the document, the built-in
/// ones first.
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

    /// Reads an operator's document, which extends a built-in catalogue. Fails with every fault of it.
    pub fn parse(text: &str) -> Result<Self, InvalidCatalogue> {
        Self::parse_with(text, PreferencesSchema::built_in())
    }

    /// The same with another schema of preferences than the built-in one. Layers may name its keys.
    pub fn parse_with(
        text: &str,
        preferences: PreferencesSchema,
    ) -> Result<Self, InvalidCatalogue> {
        compile::extend(text, preferences)
    }

    /// A number that differs between catalogues: also where only titles, or only preferences, are others.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut hash = hash::Fnv1a::default();
        hash.write(self.to_document().to_string().as_bytes());
        hash.write(self.preferences.document().to_string().as_bytes());
        hash.finish()
    }

    /// What preferences are held to.
    #[must_use]
    pub const fn preferences(&self) -> &PreferencesSchema {
        &self.preferences
    }

    /// Every setting of every family but preferences, in the order in which they are shown.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The settings of one family with their indices, in the order in which they are shown.
    pub fn family(&self, family: Family) -> impl Iterator<Item = (SettingIndex, &Setting)> {
        let indices = (0..).map(SettingIndex::new);
        let all = indices.zip(&self.settings);
        all.filter(move |(_, setting)| setting.family() == family)
    }

    /// The setting of that dotted name (`account.is_private`).
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(SettingIndex, &Setting)> {
        let index = *self.settings_by_name.get(name)?;
        Some((index, self.settings.get(index.get())?))
    }

    /// Every action, in the order in which they are shown.
    #[must_use]
    pub fn actions(&self) -> &[ActionRule] {
        &self.actions
    }

    /// The action of that name.
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

    /// Every cohort, in the order of the document.
    #[must_use]
    pub fn cohorts(&self) -> &[Cohort] {
        self.layers.cohorts()
    }

    /// The whole catalogue as one document that stands by itself, the built-in part included. For people.
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
