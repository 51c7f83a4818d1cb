//! Follows: who reads whose posts, at once where the account is public, after approval where it is
//! private.

use uuid::Uuid;

use crate::catalogue::{Catalogue, Choices, CoreAction};
use crate::rules::decisions::{Facts, Relationship, decide};
use crate::{Timestamp, UserId};

/// How far a follow got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FollowStatus {
    /// Asked for; the one who was asked has not decided.
    Pending,
    /// In force.
    Accepted,
}

impl FollowStatus {
    /// Every status.
    pub const ALL: [Self; 2] = [Self::Pending, Self::Accepted];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// A follow or a request for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow {
    /// Its own id.
    pub id: Uuid,
    /// Who follows.
    pub follower_id: UserId,
    /// Who is followed.
    pub following_id: UserId,
    /// How far it got.
    pub status: FollowStatus,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was accepted; `None` of a request.
    pub decided_at: Option<Timestamp>,
}

impl Follow {
    /// The follow that a request becomes.
    #[must_use]
    pub const fn accepted_at(self, now: Timestamp) -> Self {
        Self {
            status: FollowStatus::Accepted,
            decided_at: Some(now),
            ..self
        }
    }
}

/// What decides how a wish to follow ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowFacts {
    /// Whether either of the two blocked the other.
    pub is_blocked: bool,
    /// Whether the one to be followed has to agree, as [`needs_approval`] says.
    pub needs_approval: bool,
    /// What there is between the two.
    pub existing: Option<FollowStatus>,
}

/// What is to be done about a wish to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowDecision {
    /// Nothing, and nobody learns why.
    Refuse,
    /// Keep what there is.
    Keep,
    /// Put a new one into this status.
    Create(FollowStatus),
    /// Accept the pending one.
    Accept,
}

/// Whether somebody who chose this has to agree before they are followed.
#[must_use]
pub fn needs_approval(catalogue: &Catalogue, choices: &Choices) -> bool {
    let facts = Facts {
        settings: catalogue.in_force(choices),
        relationship: Relationship::default(),
    };
    let rule = catalogue.core_action(CoreAction::FollowWithoutApproval);
    !decide(rule, &facts, false).allowed
}

/// How a wish to follow ends.
#[must_use]
pub const fn decide_follow(facts: &FollowFacts) -> FollowDecision {
    if facts.is_blocked {
        return FollowDecision::Refuse;
    }
    match (facts.existing, facts.needs_approval) {
        (Some(FollowStatus::Accepted), _) | (Some(FollowStatus::Pending), true) => {
            FollowDecision::Keep
        }
        // The account has become public since.
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
