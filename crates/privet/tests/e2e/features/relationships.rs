//! Contacts, blocks and follows: what one user does to another.

mod blocks;
mod contacts;
pub mod contacts_and_blocks;
pub mod follows;
mod lists;
