//! What users do to their settings and to each other.

pub mod acting;
pub mod contacts_and_blocks;
pub mod follows;
pub mod sent;
pub mod settings;
