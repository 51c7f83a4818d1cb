//! How two users stand to each other: contacts, blocks and follows.

pub mod blocks;
pub mod contacts;
pub mod follows;
pub mod pair;
