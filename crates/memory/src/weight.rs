//! What a user's row takes in memory.

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::settings::user::User;
use quick_cache::Weighter;

/// What the row of a user who chose nothing takes, in bytes: about.
pub const ROW: usize = 256;

/// What a row takes, in bytes: about.
pub fn bytes_of(row: &User) -> u64 {
    let choices = row.choices.memory_bytes() + row.preferences.memory_bytes();
    (ROW + choices + row.cohorts.memory_bytes()) as u64
}

/// Weighs a row by what it takes in memory, in bytes.
#[derive(Clone)]
pub struct RowWeight;

impl Weighter<UserId, Arc<User>> for RowWeight {
    fn weight(&self, _: &UserId, row: &Arc<User>) -> u64 {
        bytes_of(row)
    }
}
