//! An action of the catalogue: the conditions under which a viewer may perform it.

use super::setting::SettingIndex;

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
}

impl ActionRule {
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
    pub fn asks_for_contacts(&self) -> bool {
        self.needs.iter().any(|need| match need {
            Need::Audience(_) => true,
            Need::Switch(_) | Need::Account(_) | Need::PublicAccount(_) => false,
        })
    }

    /// Whether the decision may depend on follows.
    #[must_use]
    pub fn asks_for_follows(&self) -> bool {
        self.needs.iter().any(|need| match need {
            Need::Account(_) => true,
            Need::Switch(_) | Need::Audience(_) | Need::PublicAccount(_) => false,
        })
    }

    /// Whether it is refused if the viewer's own settings refuse it to the subject.
    #[must_use]
    pub const fn is_reciprocal(&self) -> bool {
        self.is_reciprocal
    }
}
