//! Rules: decisions, their explanations, and enforcement.

pub mod decisions;
pub mod enforcement;
pub mod explanations;
pub mod following;
pub mod reason;
