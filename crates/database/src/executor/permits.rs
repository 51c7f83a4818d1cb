//! Permits limit the work in progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::Executor;
use super::metrics::Raised;
use super::pool::Connector;

/// The permits of work in progress.
pub(crate) type Permits = (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit, Raised);

impl<M: Connector> Executor<M> {
    /// Waits until the limit of work in progress allows one more, and then the limit `among`, if there is one. A task
    /// waits here, which is cheaper than a thread of the pool.
    pub(crate) async fn permits(
        &self,
        among: Option<Arc<Semaphore>>,
    ) -> Result<Permits, AcquireError> {
        let _queued = Queued::behind(&self.waiting);
        let among = match among {
            Some(among) => Some(among.acquire_owned().await?),
            None => None,
        };
        let one = Arc::clone(&self.permits).acquire_owned().await?;
        Ok((among, one, self.metrics.at_work()))
    }

    /// The same as [`Self::permits`], without waiting.
    pub(crate) fn try_permits(&self, among: Option<&Arc<Semaphore>>) -> Option<Permits> {
        let among = match among {
            Some(among) => Some(Arc::clone(among).try_acquire_owned().ok()?),
            None => None,
        };
        let one = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        Some((among, one, self.metrics.at_work()))
    }

    /// Whether a task waits for a permit.
    pub(crate) fn others_wait(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// Counts a waiting task until it is dropped.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn behind(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
