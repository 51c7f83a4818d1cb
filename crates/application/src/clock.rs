//! Time and randomness, passed in so that tests can control them.

use privet_domain::Timestamp;
use uuid::Uuid;

/// The clock.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> Timestamp;
}

/// The source of ids.
pub trait IdSource: Send + Sync {
    /// A new `UUIDv7`. MUST be greater than all earlier ids of this source.
    fn new_id(&self) -> Uuid;
}
