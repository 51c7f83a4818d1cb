//! An action of the catalogue: the conditions under which a viewer may perform it.

use super::audience::Audience;
use super::setting::{EffectiveValue, Setting, SettingIndex};

/// The position of an action in its catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionIndex(u16);

impl ActionIndex {
    pub(super) const fn new(position: u16) -> Self {
        Self(position)
    }

    /// The position, from 0.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// A condition of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The switch is on.
    Switch(SettingIndex),
    /// The viewer belongs to the audience that the subject chose.
    Audience(SettingIndex),
    /// The account is public, or the viewer is an accepted follower. The setting is `account.is_private`.
    Account(SettingIndex),
    /// The account is public. The setting is `account.is_private`.
    PublicAccount(SettingIndex),
}

impl Need {
    /// The name of [`Need::Account`] in documents.
    pub const ACCOUNT: &'static str = "account";
    /// The name of [`Need::PublicAccount`] in documents.
    pub const PUBLIC_ACCOUNT: &'static str = "public_account";

    /// The setting that the condition depends on.
    #[must_use]
    pub const fn setting(self) -> SettingIndex {
        match self {
            Self::Switch(setting)
            | Self::Audience(setting)
            | Self::Account(setting)
            | Self::PublicAccount(setting) => setting,
        }
    }

    /// The audiences among its values.
    fn audiences(self, settings: &[Setting]) -> impl Iterator<Item = Audience> {
        let setting = match self {
            Self::Audience(setting) => settings.get(setting.get()),
            Self::Switch(_) | Self::Account(_) | Self::PublicAccount(_) => None,
        };
        let values = setting.into_iter().flat_map(Setting::effective_values);
        values.filter_map(|value| match value {
            EffectiveValue::Audience(audience) => Some(audience),
            EffectiveValue::Switch(_) | EffectiveValue::Choice(_) => None,
        })
    }
}

/// An action that a viewer performs on a subject, and its conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRule {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) needs: Vec<Need>,
    pub(super) is_open_to_admins: bool,
    pub(super) is_reciprocal: bool,
    /// Computed by [`Self::prepare`].
    asks: Asks,
}

/// The facts that the decision may depend on besides settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Asks {
    for_contacts: bool,
    for_follows: bool,
    for_followed: bool,
}

/// The parts of an action.
pub(super) struct NewAction {
    pub name: String,
    pub title: String,
    pub description: String,
    pub needs: Vec<Need>,
    pub is_open_to_admins: bool,
    pub is_reciprocal: bool,
}

impl ActionRule {
    pub(super) fn new(new: NewAction) -> Self {
        Self {
            name: new.name,
            title: new.title,
            description: new.description,
            needs: new.needs,
            is_open_to_admins: new.is_open_to_admins,
            is_reciprocal: new.is_reciprocal,
            asks: Asks::default(),
        }
    }

    /// Computes the facts that it needs. MUST be called after the values of all settings are known.
    pub(super) fn prepare(&mut self, settings: &[Setting]) {
        let audiences = || self.needs.iter().flat_map(|need| need.audiences(settings));
        let needs_follower = self
            .needs
            .iter()
            .any(|need| matches!(need, Need::Account(_)));
        let (follows, followed) = (
            needs_follower || audiences().any(Audience::asks_for_follower),
            audiences().any(Audience::asks_for_followed),
        );
        // With viewer and subject exchanged, one direction becomes the other.
        let either = self.is_reciprocal && (follows || followed);
        let asks = Asks {
            for_contacts: audiences().any(Audience::asks_for_contacts),
            for_follows: follows || either,
            for_followed: followed || either,
        };
        self.asks = asks;
    }

    /// The name in the API.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A title to display.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// A description to display.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The conditions, at least one. All of them must be met.
    #[must_use]
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Whether an administrator may perform it whatever the settings.
    #[must_use]
    pub const fn is_open_to_admins(&self) -> bool {
        self.is_open_to_admins
    }

    /// Whether the decision may depend on contacts.
    #[must_use]
    pub const fn asks_for_contacts(&self) -> bool {
        self.asks.for_contacts
    }

    /// Whether the decision may depend on whether the viewer follows the subject.
    #[must_use]
    pub const fn asks_for_follows(&self) -> bool {
        self.asks.for_follows
    }

    /// Whether the decision may depend on whether the subject follows the viewer.
    #[must_use]
    pub const fn asks_for_followed(&self) -> bool {
        self.asks.for_followed
    }

    /// Whether it is refused if the viewer's own settings refuse it to the subject.
    #[must_use]
    pub const fn is_reciprocal(&self) -> bool {
        self.is_reciprocal
    }
}
