//! Audiences: the values of the settings `who_can_…`.

/// The users to whom a setting gives access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every user whom the owner has not blocked.
    Everyone,
    /// Mutual contacts: both users have added each other.
    Contacts,
    /// The owner's contacts, mutual or not.
    AddedContacts,
    /// The owner's contacts that are marked as close friends, mutual or not.
    CloseFriends,
    /// Accepted followers of the owner.
    Followers,
    /// The users whom the owner follows as an accepted follower.
    Following,
    /// Accepted followers whom the owner follows as an accepted follower.
    MutualFollowers,
    /// Only the owner.
    Nobody,
}

impl Audience {
    /// All audiences, in display order.
    pub const ALL: [Self; 8] = [
        Self::Everyone,
        Self::Contacts,
        Self::AddedContacts,
        Self::CloseFriends,
        Self::Followers,
        Self::Following,
        Self::MutualFollowers,
        Self::Nobody,
    ];

    /// The name in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Contacts => "contacts",
            Self::AddedContacts => "added_contacts",
            Self::CloseFriends => "close_friends",
            Self::Followers => "followers",
            Self::Following => "following",
            Self::MutualFollowers => "mutual_followers",
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

    /// Whether it depends on contacts.
    #[must_use]
    pub const fn asks_for_contacts(self) -> bool {
        matches!(
            self,
            Self::Contacts | Self::AddedContacts | Self::CloseFriends
        )
    }

    /// Whether it depends on whether the viewer follows the owner.
    #[must_use]
    pub const fn asks_for_follower(self) -> bool {
        matches!(self, Self::Followers | Self::MutualFollowers)
    }

    /// Whether it depends on whether the owner follows the viewer.
    #[must_use]
    pub const fn asks_for_followed(self) -> bool {
        matches!(self, Self::Following | Self::MutualFollowers)
    }
}
