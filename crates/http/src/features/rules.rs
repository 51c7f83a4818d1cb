//! Endpoints of decisions, filters, explanations, enforcement and AuthZEN.

pub mod authzen;
pub mod decisions;
pub mod enforcement;
pub mod explanations;
pub mod filter;
