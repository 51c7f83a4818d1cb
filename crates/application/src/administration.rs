//! Administration: what services do to users on behalf of the product's staff. The service is the actor.

pub mod support;

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::catalogue::Cohorts;

use crate::relationships::RelationshipService;
use crate::settings::{Presence, SettingsService};
use crate::{Caller, ChangeError, Clock, IdSource, LoadError};
use support::LookStore;

/// Reads and changes what users cannot change themselves. Cloning is cheap.
#[derive(Clone)]
pub struct AdministrationService {
    settings: SettingsService,
    relationships: RelationshipService,
    looks: Arc<dyn LookStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl AdministrationService {
    /// Administration of the users in these settings. What the staff look at is recorded in `looks`.
    #[must_use]
    pub fn new(
        settings: SettingsService,
        relationships: RelationshipService,
        looks: Arc<dyn LookStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            settings,
            relationships,
            looks,
            clock,
            ids,
        }
    }

    /// The cohorts of a user; none for an unknown user, who is not created.
    pub async fn get_cohorts(&self, user_id: UserId) -> Result<Cohorts, LoadError> {
        match self.settings.find(user_id).await? {
            Presence::Here(user) => Ok(user.cohorts),
            Presence::Erased => Err(LoadError::Erased),
            Presence::Unknown => Ok(Cohorts::default()),
        }
    }

    /// Replaces the cohorts of a user. The change is recorded in the user's history with the service as actor.
    pub async fn set_cohorts(
        &self,
        service: &Caller,
        user_id: UserId,
        cohorts: Cohorts,
    ) -> Result<Cohorts, ChangeError> {
        let user = self.settings.classify(service, user_id, cohorts).await?;
        Ok(user.cohorts.clone())
    }
}

#[cfg(test)]
mod tests;
