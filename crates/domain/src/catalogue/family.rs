//! The families of settings.

/// A group of settings that is read and updated together and has one entity tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Whether an account is private.
    Account,
    /// Whether other users may send an e-mail.
    Email,
    /// What other users in a chat may see and do. An operator's catalogue may add settings.
    Messaging,
    /// The preferences, which a JSON Schema defines.
    Preferences,
}

impl Family {
    /// All families, in display order.
    pub const ALL: [Self; 4] = [
        Self::Account,
        Self::Email,
        Self::Messaging,
        Self::Preferences,
    ];

    /// The first part of the dotted names of its settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Email => "email",
            Self::Messaging => "messaging",
            Self::Preferences => "preferences",
        }
    }

    /// The family with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.as_str() == name)
    }
}
