//! What the settings allow: the only place that knows. [`decide`] is pure and total; everything that
//! lets somebody see or do something goes through it.

use crate::account_privacy::AccountPrivacy;
use crate::audience::Audience;
use crate::email_contact::EmailContact;
use crate::messaging_privacy::MessagingPrivacy;

/// What a viewer may want of a subject, the owner of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the profile.
    ViewProfile,
    /// See whether the subject is there now.
    ViewOnlineStatus,
    /// See when the subject was last there.
    ViewLastSeen,
    /// Learn that the subject read a message.
    ViewReadReceipts,
    /// Learn that the subject is typing.
    ViewTyping,
    /// Add the subject to a group.
    AddToGroup,
    /// Write the subject an e-mail.
    SendEmail,
    /// See what the subject posts.
    ViewContent,
    /// Follow the subject without asking.
    FollowWithoutApproval,
}

impl Action {
    /// Every action, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::ViewProfile,
        Self::ViewOnlineStatus,
        Self::ViewLastSeen,
        Self::ViewReadReceipts,
        Self::ViewTyping,
        Self::AddToGroup,
        Self::SendEmail,
        Self::ViewContent,
        Self::FollowWithoutApproval,
    ];

    /// The name in requests and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ViewProfile => "view_profile",
            Self::ViewOnlineStatus => "view_online_status",
            Self::ViewLastSeen => "view_last_seen",
            Self::ViewReadReceipts => "view_read_receipts",
            Self::ViewTyping => "view_typing",
            Self::AddToGroup => "add_to_group",
            Self::SendEmail => "send_email",
            Self::ViewContent => "view_content",
            Self::FollowWithoutApproval => "follow_without_approval",
        }
    }

    /// The action of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// Whether the answer may depend on who is whose contact.
    #[must_use]
    pub const fn asks_for_contacts(self) -> bool {
        match self {
            Self::ViewProfile | Self::ViewOnlineStatus | Self::ViewLastSeen | Self::AddToGroup => {
                true
            }
            Self::ViewReadReceipts
            | Self::ViewTyping
            | Self::SendEmail
            | Self::ViewContent
            | Self::FollowWithoutApproval => false,
        }
    }

    /// Whether the answer may depend on who follows whom.
    #[must_use]
    pub const fn asks_for_follows(self) -> bool {
        matches!(self, Self::ViewContent)
    }
}

/// Why something is allowed or not. Where several reasons hold, the first in the order of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Viewer and subject are the same.
    Oneself,
    /// One of the two was erased.
    Erased,
    /// The subject blocked the viewer.
    Blocked,
    /// The audience is everyone.
    Everyone,
    /// The audience is contacts, and they are.
    MutualContact,
    /// The audience is contacts, and they are none.
    NotAContact,
    /// The audience is nobody.
    Nobody,
    /// An administrator may whatever the audience.
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
    pub const ALL: [Self; 13] = [
        Self::Oneself,
        Self::Erased,
        Self::Blocked,
        Self::Everyone,
        Self::MutualContact,
        Self::NotAContact,
        Self::Nobody,
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
            Self::Everyone => "everyone",
            Self::MutualContact => "mutual_contact",
            Self::NotAContact => "not_a_contact",
            Self::Nobody => "nobody",
            Self::Admin => "admin",
            Self::SettingOn => "setting_on",
            Self::SettingOff => "setting_off",
            Self::PublicAccount => "public_account",
            Self::PrivateAccount => "private_account",
            Self::AcceptedFollower => "accepted_follower",
        }
    }
}

/// Whether the viewer may, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Whether.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
}

/// The settings of a subject that decisions are made by. By default those of a user never seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubjectSettings {
    /// Whether followers need approval.
    pub account: AccountPrivacy,
    /// Whether others may write an e-mail.
    pub email: EmailContact,
    /// What others in a chat see and may do.
    pub messaging: MessagingPrivacy,
}

/// How viewer and subject stand to each other. What an action does not ask for may be left `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of them a yes or a no"
)]
pub struct Relationship {
    /// They are the same user.
    pub is_oneself: bool,
    /// Either of them was erased.
    pub is_erased: bool,
    /// The subject blocked the viewer.
    pub is_blocked: bool,
    /// Each has added the other.
    pub are_mutual_contacts: bool,
    /// The viewer follows the subject, and was accepted.
    pub is_accepted_follower: bool,
}

/// What a decision is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// What the subject set.
    pub settings: SubjectSettings,
    /// How the two stand to each other.
    pub relationship: Relationship,
}

/// Whether the viewer may do this, and why.
#[must_use]
pub const fn decide(action: Action, facts: &Facts, viewer_is_admin: bool) -> Decision {
    let Facts {
        settings,
        relationship,
    } = facts;
    if relationship.is_oneself {
        return allow(Reason::Oneself);
    }
    if relationship.is_erased {
        return refuse(Reason::Erased);
    }
    if relationship.is_blocked {
        return refuse(Reason::Blocked);
    }
    let messaging = &settings.messaging;
    match action {
        Action::ViewProfile | Action::ViewOnlineStatus => {
            by_audience(messaging.who_can_see_profile, *relationship)
        }
        Action::ViewLastSeen if messaging.show_last_seen => {
            by_audience(messaging.who_can_see_profile, *relationship)
        }
        Action::ViewLastSeen => refuse(Reason::SettingOff),
        Action::ViewReadReceipts => by_switch(messaging.show_read_receipts),
        Action::ViewTyping => by_switch(messaging.show_typing_indicator),
        Action::AddToGroup => {
            let decision = by_audience(messaging.who_can_add_to_groups, *relationship);
            if !decision.allowed && viewer_is_admin {
                allow(Reason::Admin)
            } else {
                decision
            }
        }
        Action::SendEmail => by_switch(settings.email.allow_email_contact),
        Action::ViewContent | Action::FollowWithoutApproval if !settings.account.is_private => {
            allow(Reason::PublicAccount)
        }
        Action::ViewContent if relationship.is_accepted_follower => allow(Reason::AcceptedFollower),
        Action::ViewContent | Action::FollowWithoutApproval => refuse(Reason::PrivateAccount),
    }
}

const fn by_audience(audience: Audience, relationship: Relationship) -> Decision {
    match audience {
        Audience::Everyone => allow(Reason::Everyone),
        Audience::Contacts if relationship.are_mutual_contacts => allow(Reason::MutualContact),
        Audience::Contacts => refuse(Reason::NotAContact),
        Audience::Nobody => refuse(Reason::Nobody),
    }
}

const fn by_switch(is_on: bool) -> Decision {
    if is_on {
        allow(Reason::SettingOn)
    } else {
        refuse(Reason::SettingOff)
    }
}

const fn allow(reason: Reason) -> Decision {
    Decision {
        allowed: true,
        reason,
    }
}

const fn refuse(reason: Reason) -> Decision {
    Decision {
        allowed: false,
        reason,
    }
}

#[cfg(test)]
mod tests;
