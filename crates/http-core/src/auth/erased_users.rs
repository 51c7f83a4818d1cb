//! Users who are known to be erased, so that a token which outlives its account costs one look into the store
//! every few seconds and nothing of a quota. Whoever is not known here is found out by that look.

use std::time::{Duration, Instant};

use privet_domain::UserId;
use quick_cache::sync::Cache;

/// How many are remembered. Each takes some 60 bytes.
const MOST_USERS: usize = 65_536;
/// How long each is remembered. An operator who takes a tombstone away has to wait no longer until the user is
/// let in again, and has to restart nothing.
const LIFETIME: Duration = Duration::from_secs(10);

/// The latest erased users who still sent something, and when the store said that they are erased.
pub struct ErasedUsers(Cache<UserId, Instant>);

impl ErasedUsers {
    /// Knows nobody yet.
    pub fn new() -> Self {
        Self(Cache::new(MOST_USERS))
    }

    /// Whether the store said not long before `now` that the user is erased.
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

    /// To be called of users only whom the store said to be erased, at `told` or later.
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
        // To ask does not lengthen it.
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
