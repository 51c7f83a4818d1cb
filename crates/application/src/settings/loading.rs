//! Loads a user's row: from the cache if it may be used, otherwise from the store.

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::settings::user::User;

use super::SettingsService;
use crate::errors::LoadError;
use crate::settings::cache::{Cached, Lease};

/// A caller's row at the time it was loaded.
#[derive(Debug, Clone)]
pub struct Loaded(pub(super) Arc<User>);

impl Loaded {
    /// The row.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.0
    }
}

/// What the cache returned for a user.
#[derive(Debug)]
pub enum Lookup {
    /// The current row.
    Found(Loaded),
    /// Nothing: the store must be asked.
    Missing(MissingRow),
}

/// A row that is not cached; the lease permits to cache it.
#[derive(Debug)]
pub struct MissingRow {
    user_id: UserId,
    lease: Option<Lease>,
}

impl SettingsService {
    /// The user's row. Creates it, with all settings at their defaults, for a new user.
    pub async fn load(&self, user_id: UserId) -> Result<Loaded, LoadError> {
        match self.look_up(user_id).await {
            Lookup::Found(loaded) => Ok(loaded),
            Lookup::Missing(missing) => self.fetch(missing).await,
        }
    }

    /// The first half of [`Self::load`], which does not use the store.
    pub async fn look_up(&self, user_id: UserId) -> Lookup {
        let missing = |lease| Lookup::Missing(MissingRow { user_id, lease });
        let Some(cache) = &self.cache else {
            return missing(None);
        };
        let cached = cache.get(user_id).await;
        self.metrics.read(&cached);
        match cached {
            Cached::Row(user) => Lookup::Found(Loaded(user)),
            Cached::Nothing(lease) => missing(lease),
            Cached::Unreachable => missing(None),
        }
    }

    /// The second half of [`Self::load`], which uses the store.
    pub async fn fetch(&self, missing: MissingRow) -> Result<Loaded, LoadError> {
        let user = self.read(missing.user_id).await?;
        if let (Some(cache), Some(lease)) = (&self.cache, missing.lease) {
            cache.fill(lease, Arc::clone(&user)).await;
        }
        Ok(Loaded(user))
    }
}
