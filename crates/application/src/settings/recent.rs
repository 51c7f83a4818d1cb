//! The port of recent rows: copies of users' rows that may be outdated. A change may start from one, because the store
//! refuses a change that was computed from an old revision. They are used for nothing else.

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::settings::user::User;

use super::{Loaded, SettingsService};

/// A bounded number of rows that were read or stored recently.
pub trait RecentRows: Send + Sync {
    /// The copy of the row, if there is one.
    fn get(&self, user_id: UserId) -> Option<Arc<User>>;

    /// Keeps a copy of the row, in place of an earlier one.
    fn keep(&self, row: Arc<User>);

    /// Removes the copy of the user's row.
    fn forget(&self, user_id: UserId);
}

impl SettingsService {
    /// Starts changes from these rows instead of reading the row first.
    #[must_use]
    pub fn with_recent_rows(self, recent: Arc<dyn RecentRows>) -> Self {
        Self {
            recent: Some(recent),
            ..self
        }
    }

    /// A row to start a change from. It may be outdated, and its user may have been erased, so it MUST be used for
    /// [`Self::change`] only.
    #[must_use]
    pub fn recent(&self, user_id: UserId) -> Option<Loaded> {
        self.recent.as_ref()?.get(user_id).map(Loaded)
    }

    pub(super) fn keep_recent(&self, row: &Arc<User>) {
        if let Some(recent) = &self.recent {
            recent.keep(Arc::clone(row));
        }
    }

    pub(super) fn forget_recent(&self, user_id: UserId) {
        if let Some(recent) = &self.recent {
            recent.forget(user_id);
        }
    }
}
