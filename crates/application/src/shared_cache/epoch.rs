//! The port through which replicas agree on whether their shared cache may be used at all.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use crate::StoreError;

/// A server that keeps cached rows, from its start to its end: after a restart it is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheServer(Arc<str>);

impl CacheServer {
    /// The server that calls itself so.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// What it calls itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stretch of time in which replicas use one cache, or none. What was cached in one epoch is never read
/// in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheEpoch {
    /// Its name, another one each time that a cache is taken into use.
    pub id: Uuid,
    /// The server that holds the cached rows; `None` while nobody may use any.
    pub server: Option<CacheServer>,
    /// How often the use of caches was suspended until now.
    pub suspensions: i64,
}

/// Keeps the epoch, in the store that also keeps the rows: who can make a change can say here that it is
/// not in the cache.
#[async_trait]
pub trait CacheEpochStore: Send + Sync {
    /// The epoch. MUST have been in force at some moment during the call.
    async fn current(&self) -> Result<CacheEpoch, StoreError>;

    /// Ends the use of any cache, and answers the epoch as it is then. MUST count one more suspension,
    /// also where the use was suspended already; MUST NOT answer before others see it.
    async fn suspend(&self) -> Result<CacheEpoch, StoreError>;

    /// Begins the epoch `id` with the rows that `server` keeps, if `suspended` still is in force, and
    /// answers the epoch in force afterwards. MUST change nothing if there was a suspension since, or
    /// some cache is in use.
    async fn begin(
        &self,
        suspended: &CacheEpoch,
        id: Uuid,
        server: &CacheServer,
    ) -> Result<CacheEpoch, StoreError>;
}
