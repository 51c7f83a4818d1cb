//! End to end: the real binary, driven over HTTP and the command line. One module per feature; what they
//! share is in `support`, which says how to write such a test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever goes wrong in a test should end it"
)]

#[macro_use]
mod support;

mod account_privacy;
mod command_line;
mod conditional;
mod configuration;
mod email_contact;
mod first_sight;
mod identity;
mod lifecycle;
mod messaging_privacy;
mod preferences;
mod settings;
mod shapes;
