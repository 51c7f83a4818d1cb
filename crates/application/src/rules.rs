//! Decisions and enforcement.

pub mod decisions;
pub mod enforcement;
mod metrics;

use std::sync::Arc;

use crate::catalogue::CurrentCatalogue;
use decisions::DecisionStore;
use metrics::Metrics;

/// Decides what settings allow. It never uses a cache: a decision reflects all changes that were acknowledged
/// before it was asked for. Cloning is cheap.
#[derive(Clone)]
pub struct RuleService {
    store: Arc<dyn DecisionStore>,
    catalogue: Arc<CurrentCatalogue>,
    metrics: Arc<Metrics>,
}

impl RuleService {
    /// Rules with the facts of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn DecisionStore>, catalogue: Arc<CurrentCatalogue>) -> Self {
        Self {
            store,
            catalogue,
            metrics: Arc::new(Metrics::default()),
        }
    }
}

#[cfg(test)]
mod tests;
