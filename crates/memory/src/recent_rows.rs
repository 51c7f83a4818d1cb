//! Rows that were read or stored recently. Changes start from them, which saves a read.

use std::sync::Arc;

use privet_application::settings::RecentRows;
use privet_domain::UserId;
use privet_domain::settings::user::User;
use quick_cache::sync::Cache;

use crate::weight::{RowWeight, SHARE};

/// Rows in memory. Above the capacity, rows are evicted.
pub struct MemoryRecentRows(Cache<UserId, Arc<User>, RowWeight>);

impl MemoryRecentRows {
    /// Keeps at most `capacity` rows, and fewer of users with many choices: rows are weighed by their size in memory.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let bytes = (capacity * SHARE) as u64;
        Self(Cache::with_weighter(capacity, bytes, RowWeight))
    }
}

impl RecentRows for MemoryRecentRows {
    fn get(&self, user_id: UserId) -> Option<Arc<User>> {
        self.0.get(&user_id)
    }

    fn keep(&self, row: Arc<User>) {
        self.0.insert(row.id, row);
    }

    fn forget(&self, user_id: UserId) {
        self.0.remove(&user_id);
    }
}

#[cfg(test)]
mod tests {
    use privet_domain::{AccountId, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn row(number: u128) -> Arc<User> {
        let id = Uuid::from_u128(number);
        let now = Timestamp::from_micros(0).unwrap();
        let row = User::first_seen(UserId::from_uuid(id), AccountId::from_uuid(id), now);
        Arc::new(row)
    }

    #[test]
    fn a_row_is_cached_until_it_is_removed() {
        let recent = MemoryRecentRows::new(10);
        let row = row(1);
        recent.keep(Arc::clone(&row));
        assert_eq!(recent.get(row.id), Some(Arc::clone(&row)));
        recent.forget(row.id);
        assert_eq!(recent.get(row.id), None);
    }

    #[test]
    fn the_number_of_recent_rows_is_bounded() {
        let recent = MemoryRecentRows::new(100);
        for number in 0..10_000 {
            recent.keep(row(number));
        }
        assert!(recent.0.len() <= 100, "{}", recent.0.len());
    }
}
