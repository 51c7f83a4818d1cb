//! Decisions. [`decide`] is a pure, total function, and the only place with rules about what settings allow.

use crate::catalogue::audience::Audience;
use crate::catalogue::{ActionRule, EffectiveSettings, Need};

/// The reason of a decision. If several apply, it is the first in the order of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Viewer and subject are the same user.
    Oneself,
    /// One of the two was erased.
    Erased,
    /// The subject blocked the viewer.
    Blocked,
    /// The audience is everyone.
    Everyone,
    /// The audience is contacts, and they are mutual contacts.
    MutualContact,
    /// The audience is contacts, and they are not mutual contacts.
    NotAContact,
    /// The audience is nobody.
    Nobody,
    /// An administrator may do it whatever the audience.
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

    /// The name in the API.
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

/// A decision with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Whether the action is allowed.
    pub allowed: bool,
    /// The reason.
    pub reason: Reason,
}

/// The relationship of viewer and subject. Facts that an action does not need may be `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of them a yes or a no"
)]
pub struct Relationship {
    /// They are the same user.
    pub is_oneself: bool,
    /// One of them was erased.
    pub is_erased: bool,
    /// The subject blocked the viewer.
    pub is_blocked: bool,
    /// They are mutual contacts.
    pub are_mutual_contacts: bool,
    /// The viewer is an accepted follower of the subject.
    pub is_accepted_follower: bool,
}

/// The facts of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The subject's settings in force.
    pub settings: EffectiveSettings,
    /// The relationship of the two users.
    pub relationship: Relationship,
}

/// Decides whether the viewer may perform this action, with the reason. Rule and settings must be of the same
/// catalogue.
#[must_use]
pub fn decide(rule: &ActionRule, facts: &Facts, viewer_is_admin: bool) -> Decision {
    let Relationship {
        is_oneself,
        is_erased,
        is_blocked,
        ..
    } = facts.relationship;
    if is_oneself {
        return allow(Reason::Oneself);
    }
    if is_erased {
        return refuse(Reason::Erased);
    }
    if is_blocked {
        return refuse(Reason::Blocked);
    }
    let decision = by_needs(rule, facts);
    if !decision.allowed && viewer_is_admin && rule.is_open_to_admins() {
        allow(Reason::Admin)
    } else {
        decision
    }
}

/// The reason comes from the first need that refuses, or from the last one if all allow.
fn by_needs(rule: &ActionRule, facts: &Facts) -> Decision {
    let mut decision = refuse(Reason::SettingOff);
    for need in rule.needs() {
        decision = by_need(*need, facts);
        if !decision.allowed {
            return decision;
        }
    }
    decision
}

fn by_need(need: Need, facts: &Facts) -> Decision {
    let settings = &facts.settings;
    match need {
        Need::Switch(switch) if settings.is_on(switch) => allow(Reason::SettingOn),
        Need::Switch(_) => refuse(Reason::SettingOff),
        Need::Audience(setting) => by_audience(settings.audience(setting), facts.relationship),
        Need::Account(is_private) | Need::PublicAccount(is_private)
            if !settings.is_on(is_private) =>
        {
            allow(Reason::PublicAccount)
        }
        Need::Account(_) if facts.relationship.is_accepted_follower => {
            allow(Reason::AcceptedFollower)
        }
        Need::Account(_) | Need::PublicAccount(_) => refuse(Reason::PrivateAccount),
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
