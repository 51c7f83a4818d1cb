//! Contacts, blocks and follows: what one user does to another.

mod blocks;
mod contacts;
mod contacts_and_blocks;
mod follows;
mod lists;
