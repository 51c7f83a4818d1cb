//! Users who are known to be erased, so that a token which outlives its account costs no look into the store
//! and nothing of a quota. Whoever is not known here is found out by that look.

use privet_domain::UserId;
use quick_cache::sync::Cache;

/// How many are remembered. Each takes some 40 bytes.
const MOST_USERS: usize = 65_536;

/// The latest erased users who still sent something. Nobody leaves again but for others: nothing brings an
/// account back.
pub struct ErasedUsers(Cache<UserId, ()>);

impl ErasedUsers {
    /// Knows nobody yet.
    pub fn new() -> Self {
        Self(Cache::new(MOST_USERS))
    }

    /// Whether the user is known to be erased.
    pub fn knows(&self, user_id: UserId) -> bool {
        self.0.get(&user_id).is_some()
    }

    /// To be called of users only whom the store said to be erased.
    pub fn remember(&self, user_id: UserId) {
        self.0.insert(user_id, ());
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn memory_is_bounded_however_many_erased_users_send_something() {
        let erased = ErasedUsers::new();
        let users = (0..).map(|number| UserId::from_uuid(Uuid::from_u128(number)));
        for user in users.take(3 * MOST_USERS) {
            erased.remember(user);
            assert!(erased.knows(user));
        }
        assert!(erased.0.len() <= MOST_USERS, "{}", erased.0.len());
    }
}
