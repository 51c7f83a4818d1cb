//! What the two Diesel adapters share and nothing else: the executor that keeps synchronous database
//! work off the HTTP workers, the pool behind it, row types, queries that both dialects understand, error
//! mapping, running migrations. No SQL of either dialect.

#![expect(
    clippy::crate_in_macro_def,
    reason = "queries are written once, over the tables of the adapter that they are expanded in"
)]

mod abandonment;
pub mod audit;
pub mod blocks;
pub mod contacts;
pub mod decisions;
pub mod erasure;
pub mod errors;
pub mod executor;
pub mod follows;
mod meters;
pub mod migrations;
pub mod pair_lists;
pub mod pool;
mod room;
pub mod settings;
pub mod threads;
pub mod types;
mod under_way;

pub use abandonment::{NoStopper, StopStatement};
pub use executor::{Executor, run_unbounded};
pub use pool::Connector;
pub use threads::Threads;
pub use types::{DbAudience, DbFollowStatus, DbTime, DbUuid};
