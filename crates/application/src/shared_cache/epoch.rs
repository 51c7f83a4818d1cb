//! The port by which replicas agree on whether the shared cache may be used.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use crate::StoreError;

/// A cache server from its start to its end: after a restart it is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheServer(Arc<str>);

impl CacheServer {
    /// The server with this identity.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Its identity.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A period in which replicas use one cache, or none. Rows that were cached in one epoch are never read in
/// another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheEpoch {
    /// Its id, new each time that the use of a cache begins.
    pub id: Uuid,
    /// The server with the cached rows; `None` while no cache may be used.
    pub server: Option<CacheServer>,
    /// The number of suspensions until now.
    pub suspensions: i64,
}

/// Stores the epoch, in the same store as the rows: a replica that can make a change can also suspend the cache.
#[async_trait]
pub trait CacheEpochStore: Send + Sync {
    /// The epoch. MUST have been in force at some moment during the call.
    async fn current(&self) -> Result<CacheEpoch, StoreError>;

    /// Ends the use of any cache, and returns the resulting epoch. MUST count one more suspension, also if it was
    /// already suspended; MUST NOT return before other replicas see it.
    async fn suspend(&self) -> Result<CacheEpoch, StoreError>;

    /// Begins the epoch `id` with the rows of `server`, if `suspended` is still in force, and returns the epoch in
    /// force afterwards. MUST change nothing if there was a suspension since then, or a cache is in use.
    async fn begin(
        &self,
        suspended: &CacheEpoch,
        id: Uuid,
        server: &CacheServer,
    ) -> Result<CacheEpoch, StoreError>;

    /// Whether a commit of any replica has waited for so long that its change may already count as settled
    /// ([`SettingsStore::settled`](crate::settings::SettingsStore::settled)), or will within a few seconds: for a
    /// synchronous standby that does not answer, there is no time limit. MUST include commits whose caller has gone.
    async fn commit_waits(&self) -> Result<bool, StoreError>;
}
