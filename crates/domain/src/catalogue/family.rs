//! The families of settings.

/// A group of settings that is read and updated together, and has one entity tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Whether an account is private.
    Account,
    /// Whether others may write an e-mail.
    Email,
    /// What others in a chat see and may do. An operator's catalogue may add to it.
    Messaging,
    /// The product's preferences, which a JSON Schema declares.
    Preferences,
}

impl Family {
    /// Every family, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::Account,
        Self::Email,
        Self::Messaging,
        Self::Preferences,
    ];

    /// The first part of its settings' dotted names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Email => "email",
            Self::Messaging => "messaging",
            Self::Preferences => "preferences",
        }
    }

    /// The family of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.as_str() == name)
    }
}
