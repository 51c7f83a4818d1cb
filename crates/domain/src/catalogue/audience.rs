//! Audiences: the values of the settings `who_can_…`.

/// The users to whom a setting gives access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every user whom the owner has not blocked.
    Everyone,
    /// Mutual contacts: both users have added each other.
    Contacts,
    /// Only the owner.
    Nobody,
}

impl Audience {
    /// All audiences, in display order.
    pub const ALL: [Self; 3] = [Self::Everyone, Self::Contacts, Self::Nobody];

    /// The name in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Contacts => "contacts",
            Self::Nobody => "nobody",
        }
    }

    /// The audience with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|audience| audience.as_str() == name)
    }
}
