//! Follows: accepted at once for a public account, after approval for a private one.

use uuid::Uuid;

use crate::catalogue::{Catalogue, Choices, CoreAction};
use crate::rules::decisions::{Facts, Relationship, decide};
use crate::{Timestamp, UserId};

/// The status of a follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FollowStatus {
    /// Requested, not answered yet.
    Pending,
    /// Accepted.
    Accepted,
}

impl FollowStatus {
    /// All statuses.
    pub const ALL: [Self; 2] = [Self::Pending, Self::Accepted];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
        }
    }

    /// The status with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// A follow or a request to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow {
    /// Its id.
    pub id: Uuid,
    /// The user who follows.
    pub follower_id: UserId,
    /// The user who is followed.
    pub following_id: UserId,
    /// Its status.
    pub status: FollowStatus,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it was accepted; `None` for a request.
    pub decided_at: Option<Timestamp>,
}

impl Follow {
    /// The follow that results from accepting this request.
    #[must_use]
    pub const fn accepted_at(self, now: Timestamp) -> Self {
        Self {
            status: FollowStatus::Accepted,
            decided_at: Some(now),
            ..self
        }
    }
}

/// The facts that decide about a request to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowFacts {
    /// Whether one of the two blocked the other.
    pub is_blocked: bool,
    /// Whether the other user must approve it, see [`needs_approval`].
    pub needs_approval: bool,
    /// The existing follow or request.
    pub existing: Option<FollowStatus>,
}

/// What to do with a request to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowDecision {
    /// Nothing; the caller gets no reason.
    Refuse,
    /// Keep the existing follow or request.
    Keep,
    /// Create a new one with this status.
    Create(FollowStatus),
    /// Accept the pending request.
    Accept,
}

/// Whether a user with these choices must approve followers.
#[must_use]
pub fn needs_approval(catalogue: &Catalogue, choices: &Choices) -> bool {
    let facts = Facts {
        settings: catalogue.in_force(choices),
        relationship: Relationship::default(),
    };
    let rule = catalogue.core_action(CoreAction::FollowWithoutApproval);
    !decide(rule, &facts, false).allowed
}

/// Decides what to do with a request to follow.
#[must_use]
pub const fn decide_follow(facts: &FollowFacts) -> FollowDecision {
    if facts.is_blocked {
        return FollowDecision::Refuse;
    }
    match (facts.existing, facts.needs_approval) {
        (Some(FollowStatus::Accepted), _) | (Some(FollowStatus::Pending), true) => {
            FollowDecision::Keep
        }
        // The account has become public meanwhile.
        (Some(FollowStatus::Pending), false) => FollowDecision::Accept,
        (None, true) => FollowDecision::Create(FollowStatus::Pending),
        (None, false) => FollowDecision::Create(FollowStatus::Accepted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_account_has_to_agree() {
        let core = Catalogue::core();
        for is_private in [true, false] {
            let mut choices = Choices::default();
            choices.choose("account.is_private", is_private.into());
            assert_eq!(needs_approval(&core, &choices), is_private);
        }
        assert!(!needs_approval(&core, &Choices::default()));
    }

    #[test]
    fn every_wish_to_follow_ends_as_the_table_says() {
        use FollowDecision::{Accept, Create, Keep, Refuse};
        use FollowStatus::{Accepted, Pending};
        for (is_blocked, needs_approval, existing, expected) in [
            (false, false, None, Create(Accepted)),
            (false, true, None, Create(Pending)),
            (false, false, Some(Pending), Accept),
            (false, true, Some(Pending), Keep),
            (false, false, Some(Accepted), Keep),
            (false, true, Some(Accepted), Keep),
            (true, false, None, Refuse),
            (true, true, None, Refuse),
            (true, false, Some(Pending), Refuse),
            (true, true, Some(Accepted), Refuse),
        ] {
            let facts = FollowFacts {
                is_blocked,
                needs_approval,
                existing,
            };
            assert_eq!(decide_follow(&facts), expected, "{facts:?}");
        }
    }
}
