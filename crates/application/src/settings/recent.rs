//! The port of what is remembered of recent rows. Such a row may be out of date: a change begins with it, since the store
//! refuses one that was computed from an old revision. Nothing else is ever answered from it.

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::settings::user::User;

use super::{Loaded, SettingsService};

/// Rows that were read or stored lately, in bounded space.
pub trait RecentRows: Send + Sync {
    /// The row as it was when it was kept, if it still is.
    fn get(&self, user_id: UserId) -> Option<Arc<User>>;

    /// Keeps the row in place of what was kept of the user before.
    fn keep(&self, row: Arc<User>);

    /// Drops what is kept of the user.
    fn forget(&self, user_id: UserId);
}

impl SettingsService {
    /// Has changes begin with these rows, where the store is not asked for one.
    #[must_use]
    pub fn with_recent_rows(self, recent: Arc<dyn RecentRows>) -> Self {
        Self {
            recent: Some(recent),
            ..self
        }
    }

    /// A row to begin a change with. It may be out of date, and its user may have been erased: it MUST be given to nothing
    /// but [`Self::change`].
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
