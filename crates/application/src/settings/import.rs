//! Import of a user's row.

use std::sync::Arc;

use privet_domain::AccountId;
use privet_domain::catalogue::{Catalogue, Cohorts};
use privet_domain::settings::user::{Choosing, User};
use privet_domain::transfer::UserLine;

use super::wishes::{WantedChange, Wish};
use super::{Presence, SettingsService};
use crate::{Caller, ChangeError, LoadError, StoreError};

/// What became of an imported user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// The user is new.
    Created,
    /// Choices or cohorts of the user changed.
    Changed,
    /// Everything was stored already.
    Unchanged,
}

impl SettingsService {
    /// Creates a user or changes their choices and cohorts. Values that a layer forbids are kept as choices. Audit entries
    /// name the service.
    pub(crate) async fn import(
        &self,
        service: &Caller,
        catalogue: &Arc<Catalogue>,
        choosing: Choosing,
        line: UserLine,
    ) -> Result<Imported, ChangeError> {
        let (mut user, is_new) = self.find_or_create(&line).await?;
        let revision = user.revision;
        let wish = |change| Wish {
            user_id: line.user_id,
            caller: service.clone(),
            change,
        };
        if let Some(cohorts) = wanted_cohorts(choosing, &user, line.cohorts) {
            let wish = wish(WantedChange::Cohorts(cohorts));
            user = self.change_with_retries(&wish, user).await?;
        }
        if !line.choices.is_empty() {
            let wish = wish(WantedChange::Choices {
                catalogue: Arc::clone(catalogue),
                update: line.choices,
                choosing,
                reason: None,
            });
            user = self.change_with_retries(&wish, user).await?;
        }
        Ok(if is_new {
            Imported::Created
        } else if user.revision == revision {
            Imported::Unchanged
        } else {
            Imported::Changed
        })
    }

    /// The user's row, and whether it is new.
    async fn find_or_create(&self, line: &UserLine) -> Result<(Arc<User>, bool), LoadError> {
        let mut presence = self.store.find(line.user_id).await?;
        let account_id = AccountId::from_uuid(self.ids.new_id());
        if presence == Presence::Unknown {
            let created_at = line.created_at.unwrap_or_else(|| self.clock.now());
            let row = User::first_seen(line.user_id, account_id, created_at);
            presence = self.store.create(&row).await?;
        }
        match presence {
            Presence::Here(user) => {
                let is_new = user.account_id == account_id;
                Ok((Arc::from(user), is_new))
            }
            Presence::Erased => Err(LoadError::Erased),
            Presence::Unknown => {
                Err(StoreError::internal("a user who was just stored is missing").into())
            }
        }
    }
}

/// The cohorts to set. Filling keeps those that a user has.
fn wanted_cohorts(choosing: Choosing, user: &User, wanted: Option<Cohorts>) -> Option<Cohorts> {
    let keeps = choosing == Choosing::Filling && !user.cohorts.is_empty();
    wanted.filter(|_| !keeps)
}
