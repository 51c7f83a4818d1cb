//! End to end: the real binary, driven over HTTP and the command line. Each folder says in its first line what belongs
//! there; what several tests use is in `support`, which says how to write such a test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever goes wrong in a test should end it"
)]

#[macro_use]
mod support;

mod auth;
mod faults;
mod features;
mod http;
mod operations;
