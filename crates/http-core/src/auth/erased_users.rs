//! A cache of erased users. A token of an erased account then costs one query every few seconds, and does not
//! count against the user's quota. Other users are checked in the store.

use std::time::{Duration, Instant};

use privet_domain::UserId;
use quick_cache::sync::Cache;

/// The capacity. An entry takes about 60 bytes.
const MOST_USERS: usize = 65_536;
/// The lifetime of an entry. After an operator deletes a tombstone, the user is accepted again after this time,
/// without a restart.
const LIFETIME: Duration = Duration::from_secs(10);

/// Erased users who recently sent requests, and when the store confirmed the erasure.
pub struct ErasedUsers(Cache<UserId, Instant>);

impl ErasedUsers {
    /// An empty cache.
    pub fn new() -> Self {
        Self(Cache::new(MOST_USERS))
    }

    /// Whether the store recently, at `now`, confirmed that the user is erased.
    pub fn knows(&self, user_id: UserId, now: Instant) -> bool {
        let Some(told) = self.0.get(&user_id) else {
            return false;
        };
        let is_known = now.saturating_duration_since(told) < LIFETIME;
        if !is_known {
            self.0.remove(&user_id);
        }
        is_known
    }

    /// Adds a user whom the store reported as erased at `told` or later.
    pub fn remember(&self, user_id: UserId, told: Instant) {
        self.0.insert(user_id, told);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_erased_user_is_remembered_for_ten_seconds_and_no_longer() {
        let (erased, user) = (ErasedUsers::new(), UserId::from_uuid(Uuid::from_u128(1)));
        let told = Instant::now();
        erased.remember(user, told);
        assert!(erased.knows(user, told));
        let last = LIFETIME * 9 / 10;
        assert!(erased.knows(user, told + last));
        // A lookup does not extend the lifetime.
        assert!(!erased.knows(user, told + LIFETIME));
        assert_eq!(erased.0.len(), 0);
        erased.remember(user, told + LIFETIME);
        assert!(erased.knows(user, told + LIFETIME + last));
    }

    #[test]
    fn memory_is_bounded_however_many_erased_users_send_something() {
        let (erased, now) = (ErasedUsers::new(), Instant::now());
        let users = (0..).map(|number| UserId::from_uuid(Uuid::from_u128(number)));
        for user in users.take(3 * MOST_USERS) {
            erased.remember(user, now);
            assert!(erased.knows(user, now));
        }
        assert!(erased.0.len() <= MOST_USERS, "{}", erased.0.len());
    }
}
