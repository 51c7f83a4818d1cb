//! What the API offers, one folder for each group of features: each endpoint does what the contract says.

mod accounts;
mod administration;
mod changes;
mod relationships;
mod rules;
mod settings;
