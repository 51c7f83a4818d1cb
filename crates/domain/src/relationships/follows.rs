//! Follows: who reads whose posts, at once where the account is public, after approval where it is
//! private.

use uuid::Uuid;

use crate::{Timestamp, UserId};

/// How far a follow got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FollowStatus {
    /// Asked for; the one who was asked has not decided.
    Pending,
    /// Asked for by somebody whom the one who was asked blocks. The asker sees a pending request; the other sees nothing
    /// of it until the block is lifted.
    Withheld,
    /// In force.
    Accepted,
}

impl FollowStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Withheld, Self::Accepted];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Withheld => "withheld",
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
    /// Whether the one who wishes blocked the other.
    pub has_blocked: bool,
    /// Whether the other blocked the one who wishes.
    pub is_blocked: bool,
    /// Whether the one to be followed has to agree, as their settings and exceptions say.
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

/// How a wish to follow ends.
#[must_use]
pub const fn decide_follow(facts: &FollowFacts) -> FollowDecision {
    if facts.has_blocked {
        return FollowDecision::Refuse;
    }
    // A block looks like a private account that never answers.
    let status = match (facts.is_blocked, facts.needs_approval) {
        (true, _) => FollowStatus::Withheld,
        (false, true) => FollowStatus::Pending,
        (false, false) => FollowStatus::Accepted,
    };
    match (facts.existing, status) {
        (None, status) => FollowDecision::Create(status),
        // The account has become public since.
        (Some(FollowStatus::Pending | FollowStatus::Withheld), FollowStatus::Accepted) => {
            FollowDecision::Accept
        }
        (Some(_), _) => FollowDecision::Keep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wish_to_follow_ends_as_the_table_says() {
        use FollowDecision::{Accept, Create, Keep, Refuse};
        use FollowStatus::{Accepted, Pending, Withheld};
        for (has_blocked, is_blocked, needs_approval, existing, expected) in [
            (false, false, false, None, Create(Accepted)),
            (false, false, true, None, Create(Pending)),
            (false, false, false, Some(Pending), Accept),
            (false, false, true, Some(Pending), Keep),
            (false, false, false, Some(Accepted), Keep),
            (false, false, true, Some(Accepted), Keep),
            (false, true, false, None, Create(Withheld)),
            (false, true, true, None, Create(Withheld)),
            (false, true, false, Some(Withheld), Keep),
            (false, true, true, Some(Withheld), Keep),
            (true, false, false, None, Refuse),
            (true, true, false, None, Refuse),
            (true, false, true, Some(Pending), Refuse),
            (true, true, true, Some(Withheld), Refuse),
        ] {
            let facts = FollowFacts {
                has_blocked,
                is_blocked,
                needs_approval,
                existing,
            };
            assert_eq!(decide_follow(&facts), expected, "{facts:?}");
        }
    }
}
