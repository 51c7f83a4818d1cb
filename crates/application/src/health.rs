//! Whether what the service works with is there.

use async_trait::async_trait;

use crate::{Privet, StoreError, outage_log};

/// Something the service works with.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// Its name in answers and logs: `database`.
    fn name(&self) -> &'static str;

    /// Whether the service cannot work without it.
    fn is_required(&self) -> bool {
        true
    }

    /// MUST answer within the configured database timeout.
    async fn check(&self) -> Result<(), StoreError>;
}

/// A dependency and whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DependencyState {
    /// The dependency's name.
    pub name: &'static str,
    /// Whether the service cannot work without it.
    pub is_required: bool,
    /// Whether it answered.
    pub is_there: bool,
}

impl Privet {
    /// Asks every dependency.
    pub async fn check_dependencies(&self) -> Vec<DependencyState> {
        let mut states = Vec::with_capacity(self.dependencies.len());
        for dependency in &self.dependencies {
            let answer = dependency.check().await;
            // What can be missed says by itself that it is away, once.
            if dependency.is_required() {
                outage_log::note(dependency.name(), answer.as_ref().err());
            }
            states.push(DependencyState {
                name: dependency.name(),
                is_required: dependency.is_required(),
                is_there: answer.is_ok(),
            });
        }
        states
    }
}
