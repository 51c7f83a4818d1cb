//! What settings allow: the only place that knows. [`decide`] is pure and total, and everything that lets somebody see
//! or do something asks it.

use crate::catalogue::audience::Audience;
use crate::catalogue::{ActionRule, EffectiveSettings, Need};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The subject's settings in force.
    pub settings: EffectiveSettings,
    /// How the two stand to each other.
    pub relationship: Relationship,
}

/// Whether the viewer may do this, and why. The rule and the settings are of the same catalogue.
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

/// The first need that refuses gives the reason, and the last one where all allow.
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
