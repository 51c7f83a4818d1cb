//! What the two Diesel adapters share and nothing else: the executor that keeps synchronous database work off the HTTP
//! workers, row types, expressions that both databases understand, error mapping, running migrations. No table of either.

pub mod batches;
pub mod erasure;
pub mod errors;
pub mod executor;
pub mod lists;
pub mod migrations;
pub mod rows;

pub use batches::{Answers, Batches, Statement};
pub use executor::{
    Connector, Executor, MostBatches, NoStopper, StopStatement, Threads, half_of_cores,
    run_unbounded,
};
pub use rows::json::{DbChoices, DbCohorts, DbExceptions, DbVersions};
pub use rows::types::{DbFollowStatus, DbTime, DbUuid};
