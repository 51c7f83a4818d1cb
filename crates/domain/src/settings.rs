//! One user's settings: the row, how it changes, and the record of changes.

pub mod audit;
pub mod revision;
pub mod user;
