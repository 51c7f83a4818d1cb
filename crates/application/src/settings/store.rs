//! The store of users' rows.

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::User;

use crate::errors::StoreError;
use crate::user_events::UserEvent;

/// What a store contains of a user.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// Their row.
    Here(Box<User>),
    /// The tombstone of an erased account.
    Erased,
    /// Nothing: an unknown user.
    Unknown,
}

/// A row to create.
#[derive(Debug, Clone, PartialEq)]
pub struct Creation {
    /// The row.
    pub row: User,
    /// The events of what was chosen for the user at the same time, to record after the one of the creation.
    pub events: Vec<UserEvent>,
}

impl Creation {
    /// All events of the creation, in their order.
    #[must_use]
    pub fn all_events(&self) -> Vec<UserEvent> {
        let created = UserEvent::created(&self.row);
        [created].into_iter().chain(self.events.clone()).collect()
    }
}

impl From<User> for Creation {
    /// Of a user for whom nothing is chosen yet.
    fn from(row: User) -> Self {
        let events = Vec::new();
        Self { row, events }
    }
}

/// A change that is made if the row is still at the revision it was computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChange {
    /// The expected revision of the row.
    pub expected: Revision,
    /// The new row.
    pub row: User,
    /// The events to record with it.
    pub event: UserEvent,
}

/// The result of a compare-and-set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The row and its events are stored durably.
    Stored,
    /// The row has another revision or does not exist. Nothing was stored.
    Conflict,
}

/// Stores users' rows.
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// What the store contains of the user. MUST have been true at some moment during the call.
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError>;

    /// Stores the row unless the user has one or is erased, and returns what is stored afterwards. Of several
    /// concurrent calls exactly one MUST store its row, and all MUST return that one. Stores the events in the same
    /// transaction as the row, and none without it.
    async fn create(&self, creation: Creation) -> Result<Presence, StoreError>;

    /// Stores the row and its events in one transaction, or nothing. MUST return [`Outcome::Conflict`] if the row
    /// does not have the expected revision.
    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError>;

    /// Returns when no earlier change that failed with [`StoreError::Unavailable`] can still be made, neither by
    /// the store's threads nor by a server to which the connection was lost. MUST wait as long as necessary, and
    /// MUST NOT delay anything else.
    async fn settled(&self);
}
