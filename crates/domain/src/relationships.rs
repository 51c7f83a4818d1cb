//! Relationships between two users: contacts, blocks and follows.

pub mod blocks;
pub mod contacts;
pub mod follows;
pub mod pair;
