//! Endpoints of contacts, blocks and follows.

pub mod blocks;
pub mod contacts;
pub mod follows;
