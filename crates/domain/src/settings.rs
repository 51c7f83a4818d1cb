//! The settings of one user: the row, its changes, and audit entries.

pub mod audit;
pub mod looks;
pub mod revision;
pub mod user;
