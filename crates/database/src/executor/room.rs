//! Whether a change was refused recently because the database's disk is full.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use privet_application::{StoreError, UnavailableReason};

/// How long a refusal counts. After that only another change can show whether there is space.
const TELLS_FOR: Duration = Duration::from_secs(10);

/// The time of the last change that was refused because the disk is full. `None` after a change that succeeded.
#[derive(Default)]
pub(crate) struct Room(Mutex<Option<Instant>>);

impl Room {
    /// Notes the result of a change.
    pub fn note<T>(&self, result: &Result<T, StoreError>) {
        match result {
            Err(StoreError::Unavailable(cause)) => {
                if cause.reason == UnavailableReason::DiskFull {
                    *self.refused() = Some(Instant::now());
                }
            }
            Ok(_) => *self.refused() = None,
            Err(StoreError::Internal(_)) => {}
        }
    }

    pub fn was_lacking(&self) -> bool {
        self.refused().is_some_and(|at| at.elapsed() < TELLS_FOR)
    }

    fn refused(&self) -> MutexGuard<'_, Option<Instant>> {
        // The value is consistent even if a thread panicked while it held the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_lacking_from_a_refusal_until_a_change_succeeds() {
        let room = Room::default();
        assert!(!room.was_lacking());
        let full = StoreError::unavailable_because(UnavailableReason::DiskFull, "full");
        room.note(&Err::<(), _>(full));
        room.note(&Err::<(), _>(StoreError::unavailable("away")));
        assert!(room.was_lacking());
        room.note(&Ok(()));
        assert!(!room.was_lacking());
    }
}
