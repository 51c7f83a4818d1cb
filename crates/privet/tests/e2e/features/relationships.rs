//! Contacts, blocks, exceptions and follows: what one user does to another.

mod blocks;
mod closed_door;
mod contacts;
mod contacts_and_blocks;
mod exceptions;
mod follows;
mod lists;
