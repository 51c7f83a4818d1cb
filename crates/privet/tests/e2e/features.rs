//! What the API offers, one folder for each group of features: each endpoint does what the contract says.

pub mod accounts;
pub mod relationships;
pub mod rules;
pub mod settings;
