//! What the settings allow, as the product's services ask it. What users do is in `acting`, how services
//! ask in `asking`; the tests of other ways to ask use both.

pub mod acting;
mod actions;
pub mod asking;
mod batches;
mod callers;
mod precedence;
mod refusals;
mod snapshots;
