//! Endpoints of contacts, blocks, exceptions and follows.

pub mod blocks;
pub mod contacts;
pub mod exceptions;
pub mod follows;
