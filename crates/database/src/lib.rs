//! What both Diesel adapters share: the executor for blocking database work, row types, expressions that both databases
//! understand, error mapping, and running migrations. It has no tables.

pub mod batches;
pub mod erasure;
pub mod errors;
pub mod executor;
pub mod lists;
pub mod migrations;
pub mod rows;

pub use batches::{Answers, Batches, Statement};
pub use executor::{
    Another, Connector, Executor, MostBatches, NoStopper, StopStatement, Threads, half_of_cores,
    run_unbounded,
};
pub use rows::json::{DbChoices, DbCohorts, DbExceptions, DbVersions};
pub use rows::types::{DbFollowStatus, DbTime, DbUuid};
