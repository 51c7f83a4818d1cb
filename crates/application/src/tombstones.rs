//! The port that knows who was erased.

use async_trait::async_trait;
use privet_domain::UserId;

use crate::StoreError;

/// Knows which accounts were erased.
#[async_trait]
pub trait TombstoneStore: Send + Sync {
    /// Whether the user was erased, or is being erased. MUST reflect every erasure acknowledged before the call.
    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError>;
}
