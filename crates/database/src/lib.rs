//! What the two Diesel adapters share and nothing else: the executor that keeps synchronous database
//! work off the HTTP workers, the pool behind it, row types, error mapping, running migrations. No SQL
//! of either dialect.

pub mod audit;
pub mod errors;
pub mod executor;
pub mod migrations;
pub mod pool;
pub mod settings;
pub mod threads;
pub mod types;

pub use executor::{Executor, run_unbounded};
pub use pool::Connector;
pub use threads::Threads;
pub use types::{DbTime, DbUuid};
