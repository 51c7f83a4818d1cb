//! What somebody wants changed in a user's row, and what that comes to, given the row.

use std::sync::Arc;

use privet_domain::Timestamp;
use privet_domain::UserId;
use privet_domain::catalogue::{Catalogue, Cohorts, Family, SettingsLocked, SettingsUpdate};
use privet_domain::settings::audit::{AuditEntry, SettingChange};
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::User;

use super::RowChange;
use super::precondition::Precondition;
use crate::user_events::{UserEvent, UserEventKind};
use crate::{Caller, Clock, IdSource};

/// What somebody wants changed.
pub(super) struct Wish {
    /// Whose row it is.
    pub user_id: UserId,
    /// Who wants it: the user, or a service.
    pub caller: Caller,
    pub change: WantedChange,
}

/// The change.
pub(super) enum WantedChange {
    /// Of one family of settings, by an update of this catalogue.
    Settings {
        precondition: Precondition,
        catalogue: Arc<Catalogue>,
        update: SettingsUpdate,
    },
    /// The cohorts that the user belongs to from now on.
    Cohorts(Cohorts),
}

/// What a wish comes to, given a row.
pub(super) enum Attempt {
    Change(Box<RowChange>),
    Stands,
    Refused,
    Locked(SettingsLocked),
}

impl Wish {
    /// The family that changes; `None` where it is no family.
    pub const fn family(&self) -> Option<Family> {
        match &self.change {
            WantedChange::Settings { update, .. } => Some(update.family()),
            WantedChange::Cohorts(_) => None,
        }
    }

    pub fn attempt(&self, user: &User, clock: &dyn Clock, ids: &dyn IdSource) -> Attempt {
        // Never before the change before it, which another process with another clock may have made: the record stays in
        // the order in which changes were made.
        let now = clock.now().max(user.last_change());
        let (row, changes) = match &self.change {
            WantedChange::Settings {
                precondition,
                catalogue,
                update,
            } => {
                let changed = match user.change(catalogue, update, now) {
                    Ok(changed) => changed,
                    // Without its conditions the request would be refused as well (RFC 9110, section 13.2.1).
                    Err(locked) => return Attempt::Locked(locked),
                };
                if !precondition.allows(|| user.tag(catalogue, update.family())) {
                    return Attempt::Refused;
                }
                let Some(changed) = changed else {
                    return Attempt::Stands;
                };
                changed
            }
            WantedChange::Cohorts(cohorts) => match user.classify(cohorts.clone(), now) {
                Some((row, change)) => (row, vec![change]),
                None => return Attempt::Stands,
            },
        };
        Attempt::Change(Box::new(RowChange {
            expected: user.revision,
            event: self.event(now, row.revision, changes, ids),
            row,
        }))
    }

    fn event(
        &self,
        occurred_at: Timestamp,
        revision: Revision,
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
        };
        // A change that the owner cannot see leaves no entry, and no family that shows something else.
        let family = self.family().filter(|_| !changes.is_empty());
        let entries = changes.into_iter().enumerate().map(entry).collect();
        UserEvent {
            user_id: self.user_id,
            actor_id: self.caller.user_id,
            occurred_at,
            request_id: Some(self.caller.request_id.clone()),
            kind: match &self.change {
                WantedChange::Settings { .. } => UserEventKind::Settings {
                    families: family.into_iter().collect(),
                    entries,
                },
                WantedChange::Cohorts(_) => UserEventKind::Cohorts { entries },
            },
        }
    }
}
