//! End-to-end tests of the real binary, over HTTP and the command line. The first line of each folder's file says
//! what belongs there. Code that several tests use is in `support`, which explains how to write a test.

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
