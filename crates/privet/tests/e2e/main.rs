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

mod access;
mod account_privacy;
mod answer_headers;
mod audit;
mod authorization;
mod authzen;
mod blocks;
mod bodies;
mod broken_off;
mod cache;
mod clock_jumps;
mod command_line;
mod conditional;
mod configuration;
mod connections;
mod consistency;
mod contacts;
mod containers;
mod cross_origin;
mod decisions;
mod document;
mod email_contact;
mod enforcement;
mod erased_accounts;
mod erasure;
mod export;
mod first_sight;
mod follows;
mod history;
mod identity;
mod idle_connections;
mod jwks;
mod lifecycle;
mod limits;
mod load_faults;
mod logs;
mod messaging_privacy;
mod methods;
mod metrics;
mod monitoring;
mod named_tests;
mod openapi;
#[cfg(feature = "opentelemetry")]
mod opentelemetry;
mod operations;
mod outages;
mod postgres_tls;
mod preferences;
mod races;
mod rate_limits;
mod readme;
mod redis_faults;
mod relationships;
mod reliability;
mod reloading;
mod request_ids;
mod restoring;
mod rfc8725;
mod rotation;
mod security;
mod settings;
mod shapes;
mod soak;
mod sql;
mod staleness;
mod wire;
