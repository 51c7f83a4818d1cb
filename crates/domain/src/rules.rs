//! What settings allow others: decisions, why they are so, and ready-made enforcement.

pub mod decisions;
pub mod enforcement;
pub mod explanations;
pub mod following;
pub mod reason;
