//! A requested change of a user's row, and its result for a given row.

use std::sync::Arc;

use privet_domain::Timestamp;
use privet_domain::UserId;
use privet_domain::catalogue::{
    Catalogue, ChoicesUpdate, Cohorts, Family, SettingsLocked, SettingsUpdate,
};
use privet_domain::settings::audit::{AuditEntry, SettingChange};
use privet_domain::settings::looks::SupportReason;
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::{Choosing, User};

use super::RowChange;
use super::precondition::Precondition;
use crate::user_events::{UserEvent, UserEventKind};
use crate::{Caller, Clock, IdSource};

/// A requested change of a user's row.
pub(super) struct Wish {
    /// The owner of the row.
    pub user_id: UserId,
    /// The user, or a service.
    pub caller: Caller,
    pub change: WantedChange,
}

/// The change.
pub(super) enum WantedChange {
    /// An update of one family of settings, by this catalogue.
    Settings {
        precondition: Precondition,
        catalogue: Arc<Catalogue>,
        update: SettingsUpdate,
    },
    /// The new cohorts of the user.
    Cohorts(Cohorts),
    /// Choices of any family, by this catalogue, made by the product's staff or imported.
    Choices {
        catalogue: Arc<Catalogue>,
        update: ChoicesUpdate,
        choosing: Choosing,
        reason: Option<SupportReason>,
    },
}

/// The result of a requested change for a given row.
pub(super) enum Attempt {
    Change(Box<RowChange>),
    Stands,
    Refused,
    Locked(SettingsLocked),
}

impl Wish {
    /// The family that changes; `None` for cohorts, and for choices of any family.
    pub const fn family(&self) -> Option<Family> {
        match &self.change {
            WantedChange::Settings { update, .. } => Some(update.family()),
            WantedChange::Cohorts(_) | WantedChange::Choices { .. } => None,
        }
    }

    /// Why the product's staff makes the change.
    const fn reason(&self) -> Option<&SupportReason> {
        match &self.change {
            WantedChange::Choices { reason, .. } => reason.as_ref(),
            WantedChange::Settings { .. } | WantedChange::Cohorts(_) => None,
        }
    }

    pub fn attempt(&self, user: &User, clock: &dyn Clock, ids: &dyn IdSource) -> Attempt {
        // Never earlier than the previous change, which another process with another clock may have made, so that
        // the history keeps its order.
        let now = clock.now().max(user.last_change());
        let (row, families, changes) = match &self.change {
            WantedChange::Settings {
                precondition,
                catalogue,
                update,
            } => {
                let next = match user.change(catalogue, update, now) {
                    Ok(next) => next,
                    // Without its conditions the request would be refused as well (RFC 9110, section 13.2.1).
                    Err(locked) => return Attempt::Locked(locked),
                };
                if !precondition.allows(|| user.tag(catalogue, update.family())) {
                    return Attempt::Refused;
                }
                let Some((row, changes)) = next else {
                    return Attempt::Stands;
                };
                // An invisible change has no audit entry, and changes no family.
                let family = (!changes.is_empty()).then(|| update.family());
                (row, family.into_iter().collect(), changes)
            }
            WantedChange::Cohorts(cohorts) => match user.classify(cohorts.clone(), now) {
                Some((row, change)) => (row, Vec::new(), vec![change]),
                None => return Attempt::Stands,
            },
            WantedChange::Choices {
                catalogue,
                update,
                choosing,
                ..
            } => match user.choose(catalogue, update, *choosing, now) {
                Ok(Some(chosen)) => (chosen.user, chosen.families, chosen.changes),
                Ok(None) => return Attempt::Stands,
                Err(locked) => return Attempt::Locked(locked),
            },
        };
        Attempt::Change(Box::new(RowChange {
            expected: user.revision,
            event: self.event(now, row.revision, families, changes, ids),
            row,
        }))
    }

    fn event(
        &self,
        occurred_at: Timestamp,
        revision: Revision,
        families: Vec<Family>,
        changes: Vec<SettingChange>,
        ids: &dyn IdSource,
    ) -> UserEvent {
        let chance = ids.new_id();
        let entry = |(place, change)| AuditEntry {
            id: AuditEntry::id_of(occurred_at, revision, place, chance),
            user_id: self.user_id,
            actor_id: self.caller.user_id,
            occurred_at,
            change,
            request_id: self.caller.request_id.clone(),
            reason: self.reason().cloned(),
        };
        let entries = changes.into_iter().enumerate().map(entry).collect();
        UserEvent {
            user_id: self.user_id,
            actor_id: self.caller.user_id,
            occurred_at,
            request_id: Some(self.caller.request_id.clone()),
            kind: match &self.change {
                WantedChange::Settings { .. } | WantedChange::Choices { .. } => {
                    UserEventKind::Settings { families, entries }
                }
                WantedChange::Cohorts(_) => UserEventKind::Cohorts { entries },
            },
        }
    }
}
