//! The reasons of decisions.

/// The reason of a decision. If several apply, it is the first in the order of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Viewer and subject are the same user.
    Oneself,
    /// One of the two was erased.
    Erased,
    /// The subject blocked the viewer.
    Blocked,
    /// An exception of the subject never allows it to the viewer, whatever the settings.
    ExceptionNever,
    /// An exception of the subject always allows it to the viewer, whatever the settings.
    ExceptionAlways,
    /// The audience is everyone.
    Everyone,
    /// The audience is contacts, and they are mutual contacts.
    MutualContact,
    /// The audience is added contacts, and the subject added the viewer.
    AddedContact,
    /// The audience is close friends, and the viewer is one.
    CloseFriend,
    /// The audience is followers, and the viewer is one.
    Follower,
    /// The audience is followed users, and the subject follows the viewer.
    Followed,
    /// The audience is mutual followers, and they follow each other.
    MutualFollower,
    /// The audience is contacts or added contacts, and the viewer is not one.
    NotAContact,
    /// The audience is close friends, and the viewer is not one.
    NotACloseFriend,
    /// The audience is followers, and the viewer is not one.
    NotAFollower,
    /// The audience is followed users, and the subject does not follow the viewer.
    NotFollowed,
    /// The audience is mutual followers, and they do not follow each other.
    NotAMutualFollower,
    /// The audience is nobody.
    Nobody,
    /// The viewer's own settings and exceptions refuse it to the subject.
    NotReciprocated,
    /// An administrator may do it whatever the settings.
    Admin,
    /// The switch of the subject is on.
    SettingOn,
    /// The switch of the subject is off.
    SettingOff,
    /// The account is public.
    PublicAccount,
    /// The account is private.
    PrivateAccount,
    /// The account is private, and the viewer is an accepted follower.
    AcceptedFollower,
}

impl Reason {
    /// All reasons, in the order of the rules.
    pub const ALL: [Self; 25] = [
        Self::Oneself,
        Self::Erased,
        Self::Blocked,
        Self::ExceptionNever,
        Self::ExceptionAlways,
        Self::Everyone,
        Self::MutualContact,
        Self::AddedContact,
        Self::CloseFriend,
        Self::Follower,
        Self::Followed,
        Self::MutualFollower,
        Self::NotAContact,
        Self::NotACloseFriend,
        Self::NotAFollower,
        Self::NotFollowed,
        Self::NotAMutualFollower,
        Self::Nobody,
        Self::NotReciprocated,
        Self::Admin,
        Self::SettingOn,
        Self::SettingOff,
        Self::PublicAccount,
        Self::PrivateAccount,
        Self::AcceptedFollower,
    ];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oneself => "self",
            Self::Erased => "erased",
            Self::Blocked => "blocked",
            Self::ExceptionNever => "exception_never",
            Self::ExceptionAlways => "exception_always",
            Self::Everyone => "everyone",
            Self::MutualContact => "mutual_contact",
            Self::AddedContact => "added_contact",
            Self::CloseFriend => "close_friend",
            Self::Follower => "follower",
            Self::Followed => "followed",
            Self::MutualFollower => "mutual_follower",
            Self::NotAContact => "not_a_contact",
            Self::NotACloseFriend => "not_a_close_friend",
            Self::NotAFollower => "not_a_follower",
            Self::NotFollowed => "not_followed",
            Self::NotAMutualFollower => "not_a_mutual_follower",
            Self::Nobody => "nobody",
            Self::NotReciprocated => "not_reciprocated",
            Self::Admin => "admin",
            Self::SettingOn => "setting_on",
            Self::SettingOff => "setting_off",
            Self::PublicAccount => "public_account",
            Self::PrivateAccount => "private_account",
            Self::AcceptedFollower => "accepted_follower",
        }
    }
}
