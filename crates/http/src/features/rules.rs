//! Endpoints of decisions, enforcement and AuthZEN.

pub mod authzen;
pub mod decisions;
pub mod enforcement;
