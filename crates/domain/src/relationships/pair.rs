//! A pair of different users, one of whom acts on the other.

use crate::UserId;

/// An actor and another user. They are never the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    actor: UserId,
    other: UserId,
}

/// A user who is their own contact, follower or blocked user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be somebody else")]
pub struct Oneself;

impl Pair {
    /// Makes a pair; an error if both are the same user.
    pub fn new(actor: UserId, other: UserId) -> Result<Self, Oneself> {
        if actor == other {
            Err(Oneself)
        } else {
            Ok(Self { actor, other })
        }
    }

    /// The actor, who adds, blocks or follows.
    #[must_use]
    pub const fn actor(self) -> UserId {
        self.actor
    }

    /// The other user.
    #[must_use]
    pub const fn other(self) -> UserId {
        self.other
    }

    /// The same pair with swapped roles.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            actor: self.other,
            other: self.actor,
        }
    }
}
