//! Whether what the service cannot work without is there.

use async_trait::async_trait;

use crate::{Privet, StoreError};

/// Something the service cannot work without.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// Its name in answers and logs: `database`.
    fn name(&self) -> &'static str;

    /// MUST answer within the configured database timeout.
    async fn check(&self) -> Result<(), StoreError>;
}

/// A dependency and whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DependencyState {
    /// The dependency's name.
    pub name: &'static str,
    /// Whether it answered.
    pub is_there: bool,
}

impl Privet {
    /// Asks every dependency.
    pub async fn check_dependencies(&self) -> Vec<DependencyState> {
        let mut states = Vec::with_capacity(self.dependencies.len());
        for dependency in &self.dependencies {
            let answer = dependency.check().await;
            if let Err(error) = &answer {
                tracing::warn!(dependency = dependency.name(), %error, "a dependency is away");
            }
            states.push(DependencyState {
                name: dependency.name(),
                is_there: answer.is_ok(),
            });
        }
        states
    }
}
