//! The port of a server that keeps cached rows for all replicas. It orders what they do to a row; whether a row
//! may be used is decided in [`crate::shared_cache`].

use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::user::User;
use uuid::Uuid;

use crate::shared_cache::epoch::CacheServer;

/// The server did not answer, or not soon enough. What it was asked for may have been done, or may still be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cache server is away")]
pub struct Unreachable;

/// Under which key a row is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowKey {
    /// The epoch in which it was put there.
    pub epoch: Uuid,
    /// Whose row.
    pub user_id: UserId,
}

/// What is at a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// A row.
    Row(Arc<User>),
    /// The claim of somebody who is about to put a row here, or the fence of a change under way.
    Taken,
    /// Nothing.
    Nothing,
}

/// Rows in a server that replicas share. Anything may vanish from it at any time, but nothing may change by
/// itself, nor come back while the server calls itself the same.
#[async_trait]
pub trait SharedRows: Send + Sync {
    /// Which server can be reached now; `None` where none can.
    fn server(&self) -> Option<CacheServer>;

    /// What is at the key. MUST give up after a few milliseconds: the store answers, too.
    async fn read(&self, row_key: RowKey) -> Result<Kept, Unreachable>;

    /// Puts a claim there, if there is nothing. Whether it did.
    async fn claim(&self, row_key: RowKey, claim: u64) -> Result<bool, Unreachable>;

    /// Puts a row there in place of the claim. MUST do nothing if anything else is there.
    async fn fill(&self, row_key: RowKey, claim: u64, row: &User) -> Result<(), Unreachable>;

    /// Puts a fence there in place of whatever is, and answers its name: `fence`, or the name of the fence
    /// that was there already, which now stands for one change more. A fence SHOULD last longer than a change
    /// takes; else it is one of the things that vanish.
    async fn fence(&self, row_key: RowKey, fence: u64) -> Result<u64, Unreachable>;

    /// One of the changes behind the fence is over, and left `row`, or nobody knows what. The last one
    /// removes it; in its place comes the row only if there never was another change behind it. Where the
    /// fence is gone, MUST remove a claim, and a row unless it is at least as new as the one given; MUST
    /// leave another fence, and see to it that no row comes in its place: it may be older.
    async fn lift(
        &self,
        row_key: RowKey,
        fence: u64,
        row: Option<&User>,
    ) -> Result<(), Unreachable>;
}
