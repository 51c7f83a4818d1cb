//! What settings allow others: decisions, filters, explanations, enforcement, and decisions over AuthZEN.

pub mod authzen;
pub mod decisions;
pub mod enforcement;
pub mod explanations;
pub mod filter;
