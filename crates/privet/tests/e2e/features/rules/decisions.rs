//! What the settings allow, as the product's services ask it. What users do is in `support::acting`, how services
//! ask in `support::asking`.

mod actions;
mod batches;
mod callers;
mod precedence;
mod refusals;
mod snapshots;
