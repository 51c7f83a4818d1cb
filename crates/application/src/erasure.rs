//! Erasure: the end of an account. Leaves a tombstone and nothing else.

use async_trait::async_trait;
use privet_domain::{Timestamp, UserId};

use crate::{Privet, StoreError};

/// Erases users.
#[async_trait]
pub trait ErasureStore: Send + Sync {
    /// Removes everything held about the user, what others hold about them included, and leaves a
    /// tombstone with the id and the time, in one transaction. Of a user already erased it MUST keep
    /// the first tombstone. MUST leave nothing behind a change that runs at the same time.
    async fn erase(&self, user_id: UserId, now: Timestamp) -> Result<(), StoreError>;

    /// Whether there is a tombstone.
    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError>;
}

impl Privet {
    /// Erases a user for good. Repeating it is harmless. Runs to its end even if the caller goes away.
    pub async fn erase_user(&self, user_id: UserId) -> Result<(), StoreError> {
        let (erasure, now) = (self.erasure.clone(), self.clock.now());
        let erasing = async move { erasure.erase(user_id, now).await };
        self.settings.erase(user_id, erasing).await
    }
}
