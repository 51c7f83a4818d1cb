//! Row types and their conversion from and to domain types. One file for each aggregate.

pub mod audit;
pub mod blocks;
pub mod changes;
pub mod contacts;
pub mod decisions;
pub mod exceptions;
pub mod expiry;
pub mod follows;
pub mod json;
pub mod list_counts;
pub mod looks;
pub mod receipts;
pub mod settings;
pub mod transfer;
pub mod types;
