//! The size of users' rows in memory.

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::settings::user::User;
use quick_cache::Weighter;

/// The approximate size of a row without choices, in bytes.
pub const ROW: usize = 256;

/// The approximate size of a row, in bytes.
pub fn bytes_of(row: &User) -> u64 {
    let choices = row.choices.memory_bytes() + row.preferences.memory_bytes();
    (ROW + choices + row.cohorts.memory_bytes()) as u64
}

/// Weighs rows by their size in bytes.
#[derive(Clone)]
pub struct RowWeight;

impl Weighter<UserId, Arc<User>> for RowWeight {
    fn weight(&self, _: &UserId, row: &Arc<User>) -> u64 {
        bytes_of(row)
    }
}
