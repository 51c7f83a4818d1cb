//! The port of the cache that serves settings reads. When a cached row may be used is decided in
//! [`crate::settings`]; this trait says what a cache must hold to for that to be right.

use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::user::User;
use uuid::Uuid;

use crate::StoreError;

/// The right to put a row into the cache, as long as nobody changes it meanwhile; or the beginning of a change.
/// What it says but for the user is the cache's own affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Whose row.
    pub user_id: UserId,
    /// The epoch of the cache in which the lease was given; nil where a cache knows but one.
    pub epoch: Uuid,
    /// What tells it from other leases of the row.
    pub token: u64,
}

/// What a cache knows of a row.
#[derive(Debug, Clone)]
pub enum Cached {
    /// The row as it stands.
    Row(Arc<User>),
    /// Nothing. A row read from the store from now on may be put in under the lease, if there is one.
    Nothing(Option<Lease>),
    /// Nobody knows: the cache cannot be used now.
    Unreachable,
}

/// Rows kept for a bounded time, in bounded space.
#[async_trait]
pub trait SettingsCache: Send + Sync {
    /// MUST NOT answer a row between the begin of a change of it and its end.
    async fn get(&self, user_id: UserId) -> Cached;

    /// Puts in a row that was read from the store after the lease was given. MUST refuse it if a
    /// change of that row began, was under way or ended since.
    async fn fill(&self, lease: Lease, row: Arc<User>);

    /// A change of the row is about to be sent to the store: from now on it MUST NOT be served, nor
    /// filled under an older lease. Where that cannot be had, the change must not be made.
    async fn begin_change(&self, user_id: UserId) -> Result<Lease, StoreError>;

    /// The change that began with `lease` is over and left `row`, or nobody knows what (`None`). MUST
    /// put the row in only if no other change of it began since. Once this answered, no older row MUST
    /// be served by anybody; where that cannot be had, it must not be said that the change was made.
    async fn end_change(&self, lease: Lease, row: Option<Arc<User>>) -> Result<(), StoreError>;
}
