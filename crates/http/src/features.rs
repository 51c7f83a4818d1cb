//! The endpoints, a folder for each feature.

pub mod accounts;
pub mod administration;
pub mod changes;
pub mod operations;
pub mod relationships;
pub mod rules;
pub mod settings;
