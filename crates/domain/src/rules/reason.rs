//! Why something is allowed or not.

/// Why something is allowed or not. Where several reasons hold, the first in the order of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Viewer and subject are the same.
    Oneself,
    /// One of the two was erased.
    Erased,
    /// The subject blocked the viewer.
    Blocked,
    /// The subject never lets the viewer do it, whatever the settings.
    ExceptionNever,
    /// The subject always lets the viewer do it, whatever the settings.
    ExceptionAlways,
    /// The audience is everyone.
    Everyone,
    /// The audience is contacts, and they are.
    MutualContact,
    /// The subject added the viewer as a contact, which the audience asks for.
    AddedContact,
    /// The subject marked the viewer as a close friend, which the audience asks for.
    CloseFriend,
    /// The viewer follows the subject, which the audience asks for.
    Follower,
    /// The subject follows the viewer, which the audience asks for.
    Followed,
    /// Each follows the other, which the audience asks for.
    MutualFollower,
    /// The audience is contacts of some kind, and the viewer is none.
    NotAContact,
    /// The audience is close friends, and the viewer is none.
    NotACloseFriend,
    /// The audience is followers, and the viewer is none.
    NotAFollower,
    /// The audience is whom the subject follows, and the viewer is none of them.
    NotFollowed,
    /// The audience is mutual followers, and they are none.
    NotAMutualFollower,
    /// The audience is nobody.
    Nobody,
    /// The viewer's own settings and exceptions refuse it to the subject.
    NotReciprocated,
    /// An administrator may whatever the settings.
    Admin,
    /// The subject switched it on, or never off.
    SettingOn,
    /// The subject switched it off.
    SettingOff,
    /// The account is public.
    PublicAccount,
    /// The account is private.
    PrivateAccount,
    /// The account is private, and the viewer was accepted.
    AcceptedFollower,
}

impl Reason {
    /// Every reason, in the order of the rules.
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

    /// The name in answers.
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
