//! What the two Diesel adapters share and nothing else: the executor that keeps synchronous database
//! work off the HTTP workers, the pool behind it, row types, queries that both dialects understand, error
//! mapping, running migrations. No SQL of either dialect.

#![expect(
    clippy::crate_in_macro_def,
    reason = "queries are written once, over the tables of the adapter that they are expanded in"
)]

pub mod erasure;
pub mod errors;
pub mod executor;
pub mod migrations;
pub mod pair_lists;
pub mod rows;

pub use executor::{Connector, Executor, NoStopper, StopStatement, Threads, run_unbounded};
pub use rows::types::{DbAudience, DbFollowStatus, DbTime, DbUuid};
