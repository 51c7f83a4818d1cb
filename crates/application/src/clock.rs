//! Time and randomness, handed in so that tests can hold them still.

use privet_domain::Timestamp;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> Timestamp;
}

/// Makes identifiers.
pub trait IdSource: Send + Sync {
    /// A new `UUIDv7`. MUST be greater than every id this source gave before.
    fn new_id(&self) -> Uuid;
}
