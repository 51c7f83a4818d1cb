//! The port of the cache for reads of settings. [`crate::settings`] decides when a cached row may be used; this
//! trait states what a cache must guarantee for that.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::user::User;
use uuid::Uuid;

use crate::StoreError;

/// How often [`SettingsCache::extend_change`] is called for a failed change.
pub const EXTEND_EVERY: Duration = Duration::from_millis(25);

/// The permission to cache a row as long as it is not changed meanwhile; or the beginning of a change. Only the
/// cache interprets it, except the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The user of the row.
    pub user_id: UserId,
    /// The epoch of the cache in which the lease was created; nil for a cache with only one.
    pub epoch: Uuid,
    /// Distinguishes it from other leases of the row.
    pub token: u64,
}

/// What a cache knows about a row.
#[derive(Debug, Clone)]
pub enum Cached {
    /// The current row.
    Row(Arc<User>),
    /// Nothing. If there is a lease, a row that is read from the store from now on may be cached under it.
    Nothing(Option<Lease>),
    /// Unknown: the cache cannot be used now.
    Unreachable,
}

/// A cache of rows, bounded in time and space.
#[async_trait]
pub trait SettingsCache: Send + Sync {
    /// MUST NOT return a row between the begin of its change and the end.
    async fn get(&self, user_id: UserId) -> Cached;

    /// Caches a row that was read from the store after the lease was created. MUST refuse it if a change of that
    /// row began, was in progress or ended since then.
    async fn fill(&self, lease: Lease, row: Arc<User>);

    /// A change of the row will be sent to the store: from now on the row MUST NOT be returned, nor be cached
    /// under an older lease. If this cannot be ensured, the change must not be made.
    async fn begin_change(&self, user_id: UserId) -> Result<Lease, StoreError>;

    /// The change that began with `lease` failed and may still be made. MUST keep the row out of the cache from now on,
    /// also if the cache came into use after the change began. Returns the lease to end the change with. Called every
    /// [`EXTEND_EVERY`] until the change has ended.
    async fn extend_change(&self, lease: Lease) -> Lease;

    /// The change that began with `lease` has ended and left `row`, or an unknown state (`None`). MUST cache the
    /// row only if no other change of it began since then. After this call, no reader may get an older row; if
    /// this cannot be ensured, the change must not be acknowledged.
    async fn end_change(&self, lease: Lease, row: Option<Arc<User>>) -> Result<(), StoreError>;
}
