//! What there is between two users: contacts, blocks and follows.

pub(crate) mod blocks;
pub(crate) mod contacts;
pub(crate) mod follows;
