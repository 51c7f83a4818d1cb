//! Retention of history: entries that are too old are deleted, in small batches, between which other changes can run.

use std::time::Duration;

use privet_domain::{Timestamp, UserId};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::SettingsService;
use crate::StoreError;

/// The number of entries that a transaction looks at.
const BATCH: u32 = 1_000;
/// The pause after a batch, in multiples of its duration, so that other changes hardly notice it.
const PAUSE: u32 = 4;
/// The minimum pause after a batch.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
/// The wait after a failure.
const RETRY: Duration = Duration::from_secs(10);
/// The interval between passes is a tenth of the retention, within these bounds.
pub(crate) const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// See [`SHORTEST_INTERVAL`].
pub(crate) const LONGEST_INTERVAL: Duration = Duration::from_hours(1);

/// The position of an entry among those of all users, in the order of users and ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryPosition {
    /// The user.
    pub user_id: UserId,
    /// The id of the entry.
    pub id: Uuid,
}

/// A batch of entries to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryBatch {
    /// The last entry of the batch before; `None` for the first batch.
    pub after: Option<EntryPosition>,
    /// Entries from before this time are too old.
    pub before: Timestamp,
    /// The maximum number of entries to look at, at least 1.
    pub most: u32,
}

/// What a batch deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiredEntries {
    /// The number of deleted entries.
    pub deleted: u64,
    /// The last entry of this batch; `None` if there are no more entries.
    pub last: Option<EntryPosition>,
}

impl SettingsService {
    /// Deletes entries that are older than this, except the newest of each user and setting, for as long as the process
    /// runs. Several processes may do so at once.
    pub async fn expire_audit_entries_forever(&self, retention: Duration) {
        let interval = (retention / 10).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
        loop {
            self.expire_audit_entries(retention).await;
            sleep(interval).await;
        }
    }

    /// Looks at every entry once.
    async fn expire_audit_entries(&self, retention: Duration) {
        // Before the beginning of time nothing is too old.
        let Some(before) = earlier(self.clock.now(), retention) else {
            return;
        };
        let mut after = None;
        loop {
            let begun = Instant::now();
            let batch = ExpiryBatch {
                after,
                before,
                most: BATCH,
            };
            match self.audit.expire(&batch).await {
                Ok(expired) => {
                    self.metrics.expired_entries.increment(expired.deleted);
                    after = expired.last;
                    if after.is_none() {
                        return;
                    }
                    sleep((begun.elapsed() * PAUSE).max(SHORTEST_PAUSE)).await;
                }
                Err(error) => {
                    log_failure(&error);
                    sleep(RETRY).await;
                }
            }
        }
    }
}

fn log_failure(error: &StoreError) {
    tracing::debug!(error.type = error.error_type(), exception.message = %error, "cannot delete old history entries yet");
}

/// The time that long before; `None` before the beginning of time.
pub(crate) fn earlier(now: Timestamp, duration: Duration) -> Option<Timestamp> {
    let micros = i64::try_from(duration.as_micros()).ok()?;
    Timestamp::from_micros(now.as_micros().checked_sub(micros)?)
}
