//! The size of users' rows in memory.

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::settings::user::User;
use quick_cache::Weighter;

/// The approximate size of a row without choices, in bytes: 256, and 96 for its place in the cache.
const ROW: usize = 352;

/// What a row counts for in the capacity at least, in bytes. It is enough for a row with a few choices.
pub const SHARE: usize = 480;

/// The size that a row takes of the capacity, in bytes: at least its share.
pub fn weight_of(row: &User) -> u64 {
    let choices = row.choices.memory_bytes() + row.preferences.memory_bytes();
    let bytes = ROW + choices + row.cohorts.memory_bytes();
    bytes.max(SHARE) as u64
}

/// Weighs rows by their size in memory.
#[derive(Clone)]
pub struct RowWeight;

impl Weighter<UserId, Arc<User>> for RowWeight {
    fn weight(&self, _: &UserId, row: &Arc<User>) -> u64 {
        weight_of(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_choices_takes_256_bytes() {
        let counters_of_references = 2 * size_of::<usize>();
        assert!(size_of::<User>() + counters_of_references <= 256);
    }
}
