//! What settings allow: decisions and ready-made enforcement.

pub mod decisions;
pub mod enforcement;
mod metrics;

use std::sync::Arc;

use crate::catalogue::CurrentCatalogue;
use decisions::DecisionStore;
use metrics::Metrics;

/// Answers what settings allow. Never from a cache: a decision asked for after a change was acknowledged reflects the
/// change. Cloning it is cheap.
#[derive(Clone)]
pub struct RuleService {
    store: Arc<dyn DecisionStore>,
    catalogue: Arc<CurrentCatalogue>,
    metrics: Arc<Metrics>,
}

impl RuleService {
    /// Rules over the facts of `store`.
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
