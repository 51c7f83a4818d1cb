//! One user's settings: the row, how it changes, and the record of changes.

pub mod audit;
mod revision;
pub mod user;
