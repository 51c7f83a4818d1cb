//! Follows: accepted at once for a public account, after approval for a private one.

use uuid::Uuid;

use crate::{Timestamp, UserId};

/// The status of a follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FollowStatus {
    /// Requested, not answered yet.
    Pending,
    /// Asked for by somebody whom the one who was asked blocks. The asker sees a pending request; the other sees nothing
    /// of it until the block is lifted.
    Withheld,
    /// Accepted.
    Accepted,
}

impl FollowStatus {
    /// All statuses.
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
    /// Whether the user who wants to follow blocked the other.
    pub has_blocked: bool,
    /// Whether the other blocked the user who wants to follow.
    pub is_blocked: bool,
    /// Whether the other user must approve it, by their settings and exceptions.
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

/// Decides what to do with a request to follow.
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
        // The account has become public meanwhile.
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
