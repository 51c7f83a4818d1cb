//! The clock and id source of this machine. Only this module reads them, with one exception: the library that
//! verifies tokens reads the clock itself, and cached tokens must expire by the same clock.

use chrono::Utc;
use privet_application::{Clock, IdSource};
use privet_domain::Timestamp;
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others are given"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::truncate(Utc::now())
    }
}

impl IdSource for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source that all others are given"
    )]
    fn new_id(&self) -> Uuid {
        // Counts within a millisecond, so that ids of one process only grow.
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_only_ever_grow() {
        let ids: Vec<Uuid> = (0..10_000).map(|_| SystemClock.new_id()).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
    }
}
