//! Erasure: the end of an account. Leaves a tombstone and nothing else.
//!
//! An erasure begins with one short transaction, after which the user is gone for everybody. What that one does
//! not delete follows in batches, which let other changes in between: by whoever asked for the erasure, until
//! their time is up, and by [`Erasures::finish_all_forever`] after that.

mod metrics;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use privet_domain::{Timestamp, UserId};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use super::AccountService;
use crate::StoreError;
use crate::tombstones::TombstoneStore;

use metrics::Metrics;

/// How many rows the first transaction deletes at most. Most users have fewer, and are erased by it alone.
const FIRST_BATCH: u32 = 100;
/// How many rows one of the later transactions deletes at first. How many the next one deletes goes by how long it
/// took.
const BATCH: u32 = 200;
/// How many rows it deletes at most.
const LARGEST_BATCH: u32 = 1_000;
/// How many rows it deletes at least, however long batches take: a transaction has costs of its own.
const SMALLEST_BATCH: u32 = 200;
/// How many rows it deletes at least after batches that failed.
const SMALLEST_RETRY: u32 = 25;
/// How long a batch may take before the next one is made smaller: others' changes may have to wait for it.
const BATCH_TIME: Duration = Duration::from_millis(100);
/// How long to wait for rows that another transaction holds.
const HELD_ROWS_PAUSE: Duration = Duration::from_millis(20);
/// How often to look for erasures that a process left behind when it ended.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How many erasures one look finds at most.
const MOST_AT_ONCE: u32 = 100;

/// How far an erasure has come after one of its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left but the tombstone.
    Finished,
    /// Rows are left for another batch.
    RowsLeft,
    /// Rows are left, and another transaction holds them: try again in a moment.
    RowsHeld,
}

/// What an erasure came to within the time of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureStatus {
    /// Nothing is left but the tombstone.
    Deleted,
    /// The user is gone for everybody; rows that nobody is shown are still being deleted.
    Deleting,
}

/// Erases users.
#[async_trait]
pub trait ErasureStore: TombstoneStore {
    /// In one transaction: leaves a tombstone with the id and the time, deletes the user's own row and up to
    /// `most` other rows, and notes that the erasure is under way unless nothing is left. Of a user already
    /// erased it MUST keep the first tombstone.
    ///
    /// From then on every store MUST answer as if nothing of the user were left, and no change that runs at
    /// the same time may add anything.
    async fn begin_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError>;

    /// Deletes up to `most` rows of a user whose erasure is under way, in one transaction; with the last of
    /// them, the note. MUST wait for no row that another transaction holds, and MUST answer
    /// [`Progress::Finished`] only if nothing is left.
    async fn continue_erasure(&self, user_id: UserId, most: u32) -> Result<Progress, StoreError>;

    /// Users whose erasures are under way, up to `most` of them, those that began first in front.
    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError>;
}

/// The erasures of this process. Cloning it is cheap.
#[derive(Clone)]
pub struct Erasures {
    store: Arc<dyn ErasureStore>,
    /// How long a request waits for the end of an erasure.
    request_timeout: Duration,
    /// One batch at a time, so that a change of anybody else waits for one batch at most.
    turn: Arc<Semaphore>,
    /// How many rows the next batch deletes at most.
    batch: Arc<AtomicU32>,
    /// Told of each erasure that a request leaves behind.
    left_behind: Arc<Notify>,
    metrics: Metrics,
}

impl Erasures {
    /// Erasures in `store`; a request waits for the end of one for about `request_timeout`.
    pub fn new(store: Arc<dyn ErasureStore>, request_timeout: Duration) -> Self {
        Self {
            store,
            request_timeout,
            turn: Arc::new(Semaphore::new(1)),
            batch: Arc::new(AtomicU32::new(BATCH)),
            left_behind: Arc::new(Notify::new()),
            metrics: Metrics::new(),
        }
    }

    /// Whether the user was erased, or is being erased.
    pub async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.store.is_erased(user_id).await
    }

    /// Finishes the erasures that requests and ended processes left behind, for as long as the process runs.
    pub async fn finish_all_forever(&self) {
        loop {
            self.finish_all().await;
            // Elapsing is how most waits end.
            let _ = tokio::time::timeout(LOOK_EVERY, self.left_behind.notified()).await;
        }
    }

    /// Finishes whatever is under way now, but for what another process is at.
    async fn finish_all(&self) {
        let users = match self.store.erasures_under_way(MOST_AT_ONCE).await {
            Ok(users) => users,
            Err(error) => {
                tracing::debug!(error.type = error.error_type(), exception.message = %error, "cannot look for erasures that are under way");
                return;
            }
        };
        let mut under_way = users.len();
        self.metrics.set_under_way(under_way);
        for user_id in users {
            if self.finish_one(user_id).await {
                under_way -= 1;
                self.metrics.set_under_way(under_way);
            }
        }
    }

    /// Whether nothing is left.
    async fn finish_one(&self, user_id: UserId) -> bool {
        loop {
            match self.next_batch(user_id).await {
                Ok(Progress::RowsLeft) => {}
                Ok(Progress::Finished) => {
                    tracing::info!("an erasure that was under way is finished");
                    return true;
                }
                // Most likely by another process that is at the same erasure; else the next look finds it.
                Ok(Progress::RowsHeld) => return false,
                Err((StoreError::Unavailable(_), most)) if most > SMALLEST_RETRY => {}
                Err((error, _)) => {
                    tracing::warn!(error.type = error.error_type(), exception.message = %error, "an erasure cannot be finished for now");
                    return false;
                }
            }
        }
    }

    /// Deletes batches until nothing is left or the time is up.
    async fn finish_until(&self, deadline: Instant, user_id: UserId) -> ErasureStatus {
        let finishing = async {
            loop {
                match self.next_batch(user_id).await {
                    Ok(Progress::Finished) => return ErasureStatus::Deleted,
                    Ok(Progress::RowsLeft) => {}
                    Ok(Progress::RowsHeld) => sleep(HELD_ROWS_PAUSE).await,
                    Err((error, _)) => {
                        tracing::warn!(error.type = error.error_type(), exception.message = %error, "an erasure cannot be finished for now");
                        return ErasureStatus::Deleting;
                    }
                }
            }
        };
        let finished = timeout_at(deadline, finishing).await;
        finished.unwrap_or(ErasureStatus::Deleting)
    }

    /// Deletes the next batch. An error comes with the number of rows that it was to delete; the next one deletes
    /// fewer.
    async fn next_batch(&self, user_id: UserId) -> Result<Progress, (StoreError, u32)> {
        let most = self.batch.load(Ordering::Relaxed);
        let turn = self.turn.acquire().await;
        let _turn = turn.map_err(|error| (StoreError::unavailable(error), most))?;
        let begun = Instant::now();
        let result = self.store.continue_erasure(user_id, most).await;
        let next = next_batch_size(most, result.is_ok(), begun.elapsed());
        self.batch.store(next, Ordering::Relaxed);
        result.map_err(|error| (error, most))
    }
}

fn next_batch_size(rows: u32, succeeded: bool, took: Duration) -> u32 {
    if !succeeded {
        (rows / 2).max(SMALLEST_RETRY)
    } else if took < BATCH_TIME / 2 {
        rows.saturating_mul(2).min(LARGEST_BATCH)
    } else if took > BATCH_TIME && rows > SMALLEST_BATCH {
        (rows / 2).max(SMALLEST_BATCH)
    } else {
        rows
    }
}

/// Has the background look for what is left when a request ends, also where its client goes away.
struct LeaveBehind<'a>(&'a Notify);

impl Drop for LeaveBehind<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl AccountService {
    /// Erases a user for good. Repeating it is harmless, and goes on where the erasure stands. It is finished
    /// even if the caller goes away.
    pub async fn erase_user(&self, user_id: UserId) -> Result<ErasureStatus, StoreError> {
        let erasures = &self.erasures;
        let deadline = Instant::now() + erasures.request_timeout;
        let (store, now) = (Arc::clone(&erasures.store), self.clock.now());
        let beginning = async move { store.begin_erasure(user_id, now, FIRST_BATCH).await };
        if self.settings.erase(user_id, beginning).await? == Progress::Finished {
            return Ok(ErasureStatus::Deleted);
        }
        let _left_behind = LeaveBehind(&erasures.left_behind);
        Ok(erasures.finish_until(deadline, user_id).await)
    }
}
