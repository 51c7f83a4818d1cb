//! What settings allow others: decisions, enforcement, and the same over AuthZEN.

pub mod authzen;
pub mod decisions;
pub mod enforcement;
