//! Relationships between two users: contacts, blocks, exceptions and follows.

pub(crate) mod blocks;
pub(crate) mod contacts;
mod effect;
pub(crate) mod exceptions;
pub(crate) mod follows;
pub(crate) mod list_counts;
pub(crate) mod shown;
pub(crate) mod sides;
