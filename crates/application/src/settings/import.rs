//! Import of a user's row.

use std::sync::Arc;

use privet_domain::AccountId;
use privet_domain::catalogue::{Catalogue, Cohorts};
use privet_domain::settings::user::{Choosing, User};
use privet_domain::transfer::UserLine;

use super::wishes::{Attempt, WantedChange, Wish};
use super::{Creation, Presence, SettingsService};
use crate::user_events::UserEvent;
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
        let mut user = match self.store.find(line.user_id).await? {
            Presence::Here(user) => Arc::from(user),
            Presence::Erased => return Err(ChangeError::Erased),
            Presence::Unknown => {
                let created = self.create(service, catalogue, choosing, &line).await?;
                let Created::Before(user) = created else {
                    return Ok(Imported::Created);
                };
                user
            }
        };
        let revision = user.revision;
        for wish in wishes(service, catalogue, choosing, &line, &user) {
            user = self.change_with_retries(&wish, user).await?;
        }
        Ok(if user.revision == revision {
            Imported::Unchanged
        } else {
            Imported::Changed
        })
    }

    /// Creates the row of an unknown user with everything that the line has for them.
    async fn create(
        &self,
        service: &Caller,
        catalogue: &Arc<Catalogue>,
        choosing: Choosing,
        line: &UserLine,
    ) -> Result<Created, LoadError> {
        let account_id = AccountId::from_uuid(self.ids.new_id());
        let created_at = line.created_at.unwrap_or_else(|| self.clock.now());
        let mut creation = Creation::from(User::first_seen(line.user_id, account_id, created_at));
        for wish in wishes(service, catalogue, choosing, line, &creation.row) {
            if let Attempt::Change(change) = wish.attempt(&creation.row, &*self.clock, &*self.ids) {
                creation.row = change.row;
                creation.events.push(change.event);
            }
        }
        let entries = creation.events.iter().flat_map(UserEvent::entries).count();
        match self.store.create(creation).await? {
            Presence::Here(user) if user.account_id == account_id => {
                self.metrics.audit_entries.increment(entries as u64);
                Ok(Created::Now)
            }
            Presence::Here(user) => Ok(Created::Before(Arc::from(user))),
            Presence::Erased => Err(LoadError::Erased),
            Presence::Unknown => {
                Err(StoreError::internal("a user who was just stored is missing").into())
            }
        }
    }
}

/// Who created a user.
enum Created {
    /// This import.
    Now,
    /// Somebody else at the same time. This is their row.
    Before(Arc<User>),
}

/// The changes that a line asks for.
fn wishes(
    service: &Caller,
    catalogue: &Arc<Catalogue>,
    choosing: Choosing,
    line: &UserLine,
    user: &User,
) -> Vec<Wish> {
    let cohorts = wanted_cohorts(choosing, user, line.cohorts.clone());
    let cohorts = cohorts.map(WantedChange::Cohorts);
    let choices = (!line.choices.is_empty()).then(|| WantedChange::Choices {
        catalogue: Arc::clone(catalogue),
        update: line.choices.clone(),
        choosing,
        reason: None,
    });
    let wish = |change| Wish {
        user_id: line.user_id,
        caller: service.clone(),
        change,
    };
    cohorts.into_iter().chain(choices).map(wish).collect()
}

/// The cohorts to set. Filling keeps those that a user has.
fn wanted_cohorts(choosing: Choosing, user: &User, wanted: Option<Cohorts>) -> Option<Cohorts> {
    let keeps = choosing == Choosing::Filling && !user.cohorts.is_empty();
    wanted.filter(|_| !keeps)
}
