//! What settings allow others: decisions and ready-made enforcement.

pub mod decisions;
pub mod enforcement;
