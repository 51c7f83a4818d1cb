//! Rules: decisions and enforcement.

pub mod decisions;
pub mod enforcement;
