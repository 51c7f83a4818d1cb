//! The port of tombstones.

use async_trait::async_trait;
use privet_domain::UserId;

use crate::StoreError;

/// Knows which accounts are erased.
#[async_trait]
pub trait TombstoneStore: Send + Sync {
    /// Whether the user is erased, or is being erased. MUST reflect every erasure acknowledged before the call.
    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError>;
}
