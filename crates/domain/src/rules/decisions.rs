//! Decisions. [`decide`] is a pure, total function, and the only place with rules about what settings allow.

use super::reason::Reason;
use crate::catalogue::audience::Audience;
use crate::catalogue::{ActionRule, EffectiveSettings, Need};
use crate::relationships::exceptions::{Exception, Exceptions};

/// A decision with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Whether the action is allowed.
    pub allowed: bool,
    /// The reason.
    pub reason: Reason,
}

/// What one user has with the other. Facts that an action does not need may be `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ties {
    /// The user added the other as a contact.
    pub added: bool,
    /// The user marked the contact as a close friend. Counts only if `added`.
    pub close_friend: bool,
    /// The user is an accepted follower of the other.
    pub follows: bool,
}

/// The relationship of viewer and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Relationship {
    /// They are the same user.
    pub is_oneself: bool,
    /// One of them was erased.
    pub is_erased: bool,
    /// The subject blocked the viewer.
    pub is_blocked: bool,
    /// What the subject has with the viewer.
    pub subject: Ties,
    /// What the viewer has with the subject.
    pub viewer: Ties,
}

impl Relationship {
    /// The same with viewer and subject exchanged, blocks left out.
    const fn exchanged(self) -> Self {
        Self {
            is_blocked: false,
            subject: self.viewer,
            viewer: self.subject,
            ..self
        }
    }
}

/// The settings and exceptions of a viewer, which only reciprocal actions ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Viewer {
    /// Not read: nothing is known of them. A reciprocal action is refused.
    #[default]
    Unread,
    /// Made up: they allow the subject whatever the subject allows them.
    Reciprocating,
    /// Known.
    Known {
        /// The viewer's settings in force.
        settings: EffectiveSettings,
        /// The viewer's exceptions for the subject.
        exceptions: Exceptions,
    },
}

/// The facts of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The subject's settings in force.
    pub settings: EffectiveSettings,
    /// The subject's exceptions for the viewer.
    pub exceptions: Exceptions,
    /// The relationship of the two users.
    pub relationship: Relationship,
    /// What reciprocal actions ask for besides.
    pub viewer: Viewer,
}

impl Facts {
    /// Facts about a stranger who has no exceptions, and of whom nothing is known.
    #[must_use]
    pub fn of_stranger(settings: EffectiveSettings) -> Self {
        Self {
            settings,
            exceptions: Exceptions::default(),
            relationship: Relationship::default(),
            viewer: Viewer::Unread,
        }
    }

    /// The same without exceptions, and with reciprocity met.
    #[must_use]
    pub fn without_exceptions(self) -> Self {
        Self {
            exceptions: Exceptions::default(),
            viewer: Viewer::Reciprocating,
            ..self
        }
    }
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
    if let Some(decision) = by_exception(rule, &facts.exceptions) {
        return decision;
    }
    let mut decision = by_needs(rule, &facts.settings, facts.relationship);
    if decision.allowed && rule.is_reciprocal() && !is_reciprocated(rule, facts) {
        decision = refuse(Reason::NotReciprocated);
    }
    if !decision.allowed && viewer_is_admin && rule.is_open_to_admins() {
        allow(Reason::Admin)
    } else {
        decision
    }
}

fn by_exception(rule: &ActionRule, exceptions: &Exceptions) -> Option<Decision> {
    if exceptions.is_empty() {
        return None;
    }
    exceptions
        .get(rule.name())
        .map(|exception| match exception {
            Exception::Never => refuse(Reason::ExceptionNever),
            Exception::Always => allow(Reason::ExceptionAlways),
        })
}

/// Whether the same rule allows the subject what it allows the viewer. Blocks and reciprocity are left out.
fn is_reciprocated(rule: &ActionRule, facts: &Facts) -> bool {
    match &facts.viewer {
        Viewer::Unread => false,
        Viewer::Reciprocating => true,
        Viewer::Known {
            settings,
            exceptions,
        } => {
            let relationship = facts.relationship.exchanged();
            let by_needs = || by_needs(rule, settings, relationship);
            by_exception(rule, exceptions)
                .unwrap_or_else(by_needs)
                .allowed
        }
    }
}

/// The reason comes from the first need that refuses, or from the last one if all allow.
fn by_needs(
    rule: &ActionRule,
    settings: &EffectiveSettings,
    relationship: Relationship,
) -> Decision {
    let mut decision = refuse(Reason::SettingOff);
    for need in rule.needs() {
        decision = by_need(*need, settings, relationship);
        if !decision.allowed {
            return decision;
        }
    }
    decision
}

fn by_need(need: Need, settings: &EffectiveSettings, relationship: Relationship) -> Decision {
    match need {
        Need::Switch(switch) if settings.is_on(switch) => allow(Reason::SettingOn),
        Need::Switch(_) => refuse(Reason::SettingOff),
        Need::Audience(setting) => by_audience(settings.audience(setting), relationship),
        Need::Account(is_private) | Need::PublicAccount(is_private)
            if !settings.is_on(is_private) =>
        {
            allow(Reason::PublicAccount)
        }
        Need::Account(_) if relationship.viewer.follows => allow(Reason::AcceptedFollower),
        Need::Account(_) | Need::PublicAccount(_) => refuse(Reason::PrivateAccount),
    }
}

const fn by_audience(
    audience: Audience,
    Relationship {
        subject, viewer, ..
    }: Relationship,
) -> Decision {
    let (belongs, why, why_not) = match audience {
        Audience::Everyone => return allow(Reason::Everyone),
        Audience::Nobody => return refuse(Reason::Nobody),
        Audience::Contacts => (
            subject.added && viewer.added,
            Reason::MutualContact,
            Reason::NotAContact,
        ),
        Audience::AddedContacts => (subject.added, Reason::AddedContact, Reason::NotAContact),
        Audience::CloseFriends => (
            subject.added && subject.close_friend,
            Reason::CloseFriend,
            Reason::NotACloseFriend,
        ),
        Audience::Followers => (viewer.follows, Reason::Follower, Reason::NotAFollower),
        Audience::Following => (subject.follows, Reason::Followed, Reason::NotFollowed),
        Audience::MutualFollowers => (
            viewer.follows && subject.follows,
            Reason::MutualFollower,
            Reason::NotAMutualFollower,
        ),
    };
    if belongs { allow(why) } else { refuse(why_not) }
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
