//! Export and erasure of accounts.

pub mod erasure;
pub mod export;
pub mod receipts;

use std::sync::Arc;

use privet_domain::UserId;

use crate::administration::AdministrationService;
use crate::relationships::RelationshipService;
use crate::settings::SettingsService;
use crate::{Clock, IdSource, StoreError};
use erasure::Erasures;

/// Exports and erases accounts. Cloning is cheap.
#[derive(Clone)]
pub struct AccountService {
    settings: SettingsService,
    relationships: RelationshipService,
    administration: AdministrationService,
    erasures: Erasures,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl AccountService {
    /// Accounts with these settings and relationships.
    #[must_use]
    pub fn new(
        settings: SettingsService,
        relationships: RelationshipService,
        administration: AdministrationService,
        erasures: Erasures,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            settings,
            relationships,
            administration,
            erasures,
            clock,
            ids,
        }
    }

    /// Whether the user is erased, or is being erased.
    pub async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.erasures.is_erased(user_id).await
    }

    /// Finishes erasures that requests or ended processes left unfinished, for as long as the process runs.
    pub async fn finish_erasures_forever(&self) {
        self.erasures.finish_all_forever().await;
    }
}

#[cfg(test)]
mod tests;
