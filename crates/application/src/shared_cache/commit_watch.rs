//! What a replica knows about commits that wait for a standby. Their changes can become visible at any later time, and
//! may have no fence any more. It does not decide what follows for the cached rows.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::time::Instant;

use crate::StoreError;
use crate::shared_cache::epoch::CacheEpochStore;

/// The interval between checks.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// How long a replica may rely on a check. A store reports a commit several seconds before it counts as settled.
const TRUSTED_FOR: Duration = Duration::from_secs(3);

/// The latest check.
#[derive(Default)]
pub(super) struct CommitWatch(ArcSwapOption<Check>);

struct Check {
    /// When it began.
    at: Instant,
    commit_waits: bool,
}

impl CommitWatch {
    /// Checks again if the last check is too old. Once no commit waits any more, the epoch is suspended first: a row that
    /// was cached in it may be older than the commit.
    pub async fn refresh(&self, store: &dyn CacheEpochStore) -> Result<(), StoreError> {
        let at = Instant::now();
        let last = self.0.load_full();
        if last
            .as_ref()
            .is_some_and(|check| at < check.at + CHECK_EVERY)
        {
            return Ok(());
        }
        let commit_waits = store.commit_waits().await?;
        if !commit_waits && last.is_some_and(|check| check.commit_waits) {
            store.suspend().await?;
        }
        self.0.store(Some(Arc::new(Check { at, commit_waits })));
        Ok(())
    }

    /// Whether no commit waits, as far as is known.
    pub fn is_clear(&self) -> bool {
        let check = self.0.load();
        let clear = |check: &Arc<Check>| !check.commit_waits && check.at.elapsed() < TRUSTED_FOR;
        check.as_ref().is_some_and(clear)
    }
}
