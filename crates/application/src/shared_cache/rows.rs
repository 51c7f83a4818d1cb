//! The port of the server that holds cached rows for all replicas. It orders the operations on a row;
//! [`crate::shared_cache`] decides whether a row may be used.

use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::user::User;
use uuid::Uuid;

use crate::shared_cache::epoch::CacheServer;

/// The server did not answer in time. The operation may have been done, or may still be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cache server is away")]
pub struct Unreachable;

/// The place of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowKey {
    /// The epoch.
    pub epoch: Uuid,
    /// The user of the row.
    pub user_id: UserId,
}

/// The content of a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// A row.
    Row(Arc<User>),
    /// The claim of a reader that will cache a row, or the fence of a change in progress.
    Taken,
    /// Nothing.
    Nothing,
}

/// Rows in a server that replicas share. Entries may disappear at any time, but must not change by themselves, nor
/// come back while the server has the same identity.
#[async_trait]
pub trait SharedRows: Send + Sync {
    /// The server that can be reached now; `None` if there is none.
    fn server(&self) -> Option<CacheServer>;

    /// The content under the key. MUST stop waiting after a few milliseconds, because the store can answer instead.
    async fn read(&self, row_key: RowKey) -> Result<Kept, Unreachable>;

    /// Stores a claim if the key is empty; returns whether it did.
    async fn claim(&self, row_key: RowKey, claim: u64) -> Result<bool, Unreachable>;

    /// Replaces the claim by a row. MUST do nothing if the key has other content.
    async fn fill(&self, row_key: RowKey, claim: u64, row: &User) -> Result<(), Unreachable>;

    /// Replaces the content by a fence and returns its name: `fence`, or the name of an existing fence, which now
    /// stands for one more change. A fence SHOULD outlast a change; otherwise it counts as an entry that
    /// disappeared.
    async fn fence(&self, row_key: RowKey, fence: u64) -> Result<u64, Unreachable>;

    /// One of the changes behind the fence has ended and left `row`, or an unknown state. The last one removes the
    /// fence; the row replaces it only if there was never another change behind it. If the fence has disappeared,
    /// MUST remove a claim, and a row unless it is at least as new as the given one; MUST keep another fence, and
    /// make sure that no row replaces it, because that row may be older.
    async fn lift(
        &self,
        row_key: RowKey,
        fence: u64,
        row: Option<&User>,
    ) -> Result<(), Unreachable>;
}
