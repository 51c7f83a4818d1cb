//! Two different users, one of whom acts on the other.

use crate::UserId;

/// Whoever acts, and whom they act on. Never the same user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    actor: UserId,
    other: UserId,
}

/// Somebody wanted to be their own contact, follower or blocked user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be somebody else")]
pub struct Oneself;

impl Pair {
    /// Pairs two users; refuses one user twice.
    pub fn new(actor: UserId, other: UserId) -> Result<Self, Oneself> {
        if actor == other {
            Err(Oneself)
        } else {
            Ok(Self { actor, other })
        }
    }

    /// Who acts: adds, blocks or follows.
    #[must_use]
    pub const fn actor(self) -> UserId {
        self.actor
    }

    /// Whom they act on.
    #[must_use]
    pub const fn other(self) -> UserId {
        self.other
    }

    /// The same two, seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            actor: self.other,
            other: self.actor,
        }
    }
}
