//! Retention of the feed: changes that are too old are deleted from its beginning, in small batches.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::ChangeService;
use crate::StoreError;
use crate::settings::retention::{LONGEST_INTERVAL, SHORTEST_INTERVAL, earlier};

/// The number of changes that a transaction deletes.
const BATCH: u32 = 1_000;
/// The pause after a batch, in multiples of its duration.
const PAUSE: u32 = 4;
/// The minimum pause after a batch.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
/// The wait after a failure.
const RETRY: Duration = Duration::from_secs(10);

impl ChangeService {
    /// Deletes changes that are older than this, for as long as the process runs. Several processes may do so at once.
    pub async fn expire_changes_forever(&self, retention: Duration) {
        let interval = (retention / 10).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
        loop {
            self.expire_changes(retention).await;
            sleep(interval).await;
        }
    }

    async fn expire_changes(&self, retention: Duration) {
        // Before the beginning of time nothing is too old.
        let Some(before) = earlier(self.clock.now(), retention) else {
            return;
        };
        loop {
            let begun = Instant::now();
            match self.store.forget_changes(before, BATCH).await {
                Ok(true) => sleep((begun.elapsed() * PAUSE).max(SHORTEST_PAUSE)).await,
                Ok(false) => return,
                Err(error) => {
                    log_failure(&error);
                    sleep(RETRY).await;
                }
            }
        }
    }
}

fn log_failure(error: &StoreError) {
    tracing::debug!(error.type = error.error_type(), exception.message = %error, "cannot delete old changes of the feed yet");
}
