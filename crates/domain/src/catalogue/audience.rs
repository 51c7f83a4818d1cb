//! Who may see or do something: the values that the `who_can_…` settings take.

/// The people to whom a setting opens something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everyone whom the owner has not blocked.
    Everyone,
    /// Mutual contacts: both have added each other.
    Contacts,
    /// Only the owner.
    Nobody,
}

impl Audience {
    /// Every audience, in the order in which they are listed to callers.
    pub const ALL: [Self; 3] = [Self::Everyone, Self::Contacts, Self::Nobody];

    /// The name used in requests, answers and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Contacts => "contacts",
            Self::Nobody => "nobody",
        }
    }

    /// The audience of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|audience| audience.as_str() == name)
    }
}
