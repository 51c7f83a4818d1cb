//! Erasure of an account. Only a tombstone remains.
//!
//! An erasure begins with one short transaction, after which the user counts as erased. The remaining rows are
//! deleted in batches, between which other changes can run: first by the request, until its time is up, then by
//! [`Erasures::finish_all_forever`].

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
use super::receipts::{ReceiptSigner, ReceiptStore};
use crate::tombstones::TombstoneStore;
use crate::{Clock, StoreError};

use metrics::Metrics;

/// The maximum number of rows that the first transaction deletes. Most users have fewer.
const FIRST_BATCH: u32 = 100;
/// The number of rows that the first of the later batches deletes. It is then adjusted by the duration of batches.
const BATCH: u32 = 200;
/// The maximum number of rows in a batch.
const LARGEST_BATCH: u32 = 1_000;
/// The minimum number of rows in a batch, however slow: each transaction has a fixed cost.
const SMALLEST_BATCH: u32 = 200;
/// The minimum number of rows in a batch after failures.
const SMALLEST_RETRY: u32 = 25;
/// The duration above which the next batch is made smaller, because other changes may wait for a batch.
const BATCH_TIME: Duration = Duration::from_millis(100);
/// The wait before the next attempt if another transaction has locked the rows.
const HELD_ROWS_PAUSE: Duration = Duration::from_millis(20);
/// The interval between searches for unfinished erasures.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// The maximum number of erasures that a search returns.
const MOST_AT_ONCE: u32 = 100;

/// The state of an erasure after one of its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Only the tombstone is left.
    Finished,
    /// Rows are left for another batch.
    RowsLeft,
    /// Rows are left, and other transactions have locked them: try again soon.
    RowsHeld,
}

/// The state of an erasure at the end of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureStatus {
    /// Only the tombstone is left.
    Deleted,
    /// The user counts as erased; the remaining rows are being deleted.
    Deleting,
}

/// The answer to a request that erases a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The state of the erasure.
    pub status: ErasureStatus,
    /// The receipt, if everything is deleted and there is one.
    pub receipt: Option<String>,
}

/// The beginning of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureStart {
    /// The user.
    pub user_id: UserId,
    /// The time of the tombstone.
    pub at: Timestamp,
    /// When the erasure begins here, which is later for users whom another service erased.
    pub now: Timestamp,
    /// The maximum number of rows to delete besides the user's own row.
    pub most: u32,
    /// Whether the deleted rows are counted for a receipt.
    pub has_receipt: bool,
}

/// Erases users.
#[async_trait]
pub trait ErasureStore: TombstoneStore + ReceiptStore {
    /// In one transaction: stores a tombstone with id and time, deletes the user's own row and up to `most` other
    /// rows, and marks the erasure as unfinished unless nothing is left. If the user is already erased, it MUST
    /// keep the first tombstone.
    ///
    /// With `has_receipt`, this and every later transaction MUST count the rows that it deletes and that were the
    /// user's own. If the user is already erased, it MUST NOT begin to count.
    ///
    /// This and every later transaction MUST record an event for the other user of each follow and request that it
    /// deletes, except for the user to whom a withheld request was made.
    ///
    /// After that every store MUST answer as if the user had no rows, and no concurrent change may add any.
    async fn begin_erasure(&self, start: ErasureStart) -> Result<Progress, StoreError>;

    /// Deletes up to `most` rows of a user with an unfinished erasure, in one transaction; with the last row also
    /// the mark. MUST NOT wait for rows that other transactions have locked. MUST return [`Progress::Finished`]
    /// only if nothing is left.
    async fn continue_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError>;

    /// Up to `most` users with unfinished erasures, the oldest first.
    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError>;
}

/// The erasures of this process. Cloning is cheap.
#[derive(Clone)]
pub struct Erasures {
    store: Arc<dyn ErasureStore>,
    clock: Arc<dyn Clock>,
    /// How long a request waits for the end of an erasure.
    request_timeout: Duration,
    /// One batch at a time, so that another change waits for at most one batch.
    turn: Arc<Semaphore>,
    /// The maximum number of rows in the next batch.
    batch: Arc<AtomicU32>,
    /// Notified of each erasure that a request leaves unfinished.
    left_behind: Arc<Notify>,
    /// Signs receipts, if a key is configured.
    signer: Option<Arc<dyn ReceiptSigner>>,
    metrics: Metrics,
}

impl Erasures {
    /// Erasures in `store`; a request waits about `request_timeout` for the end of one.
    pub fn new(
        store: Arc<dyn ErasureStore>,
        clock: Arc<dyn Clock>,
        request_timeout: Duration,
    ) -> Self {
        Self {
            store,
            clock,
            request_timeout,
            turn: Arc::new(Semaphore::new(1)),
            batch: Arc::new(AtomicU32::new(BATCH)),
            left_behind: Arc::new(Notify::new()),
            signer: None,
            metrics: Metrics::new(),
        }
    }

    /// The same with receipts.
    #[must_use]
    pub fn with_receipts(self, signer: Arc<dyn ReceiptSigner>) -> Self {
        Self {
            signer: Some(signer),
            ..self
        }
    }

    pub(super) fn signer(&self) -> Option<&dyn ReceiptSigner> {
        self.signer.as_deref()
    }

    pub(super) fn store(&self) -> &dyn ErasureStore {
        &*self.store
    }

    /// Whether the user is erased, or is being erased.
    pub async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.store.is_erased(user_id).await
    }

    /// Finishes erasures that requests or ended processes left unfinished, for as long as the process runs.
    pub async fn finish_all_forever(&self) {
        loop {
            self.finish_all().await;
            // A timeout is the normal case.
            let _ = tokio::time::timeout(LOOK_EVERY, self.left_behind.notified()).await;
        }
    }

    /// Finishes all unfinished erasures, except those that another process works on.
    async fn finish_all(&self) {
        let users = match self.store.erasures_under_way(MOST_AT_ONCE).await {
            Ok(users) => users,
            Err(error) => {
                tracing::debug!(error.type = error.error_type(), exception.message = %error, "cannot look for unfinished erasures");
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
                    tracing::info!("an unfinished erasure is complete");
                    return true;
                }
                // Probably another process works on this erasure; otherwise the next search finds it.
                Ok(Progress::RowsHeld) => return false,
                Err((StoreError::Unavailable(_), most)) if most > SMALLEST_RETRY => {}
                Err((error, _)) => {
                    tracing::warn!(error.type = error.error_type(), exception.message = %error, "an erasure cannot be completed yet");
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
                        tracing::warn!(error.type = error.error_type(), exception.message = %error, "an erasure cannot be completed yet");
                        return ErasureStatus::Deleting;
                    }
                }
            }
        };
        let finished = timeout_at(deadline, finishing).await;
        finished.unwrap_or(ErasureStatus::Deleting)
    }

    /// Deletes the next batch. An error contains the number of rows that it was to delete; the next batch is
    /// smaller.
    async fn next_batch(&self, user_id: UserId) -> Result<Progress, (StoreError, u32)> {
        let most = self.batch.load(Ordering::Relaxed);
        let turn = self.turn.acquire().await;
        let _turn = turn.map_err(|error| (StoreError::unavailable(error), most))?;
        let begun = Instant::now();
        let now = self.clock.now();
        let result = self.store.continue_erasure(user_id, now, most).await;
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

/// Lets the background task continue when a request ends, also if its client disconnects.
struct LeaveBehind<'a>(&'a Notify);

impl Drop for LeaveBehind<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl AccountService {
    /// Erases a user permanently. It is idempotent, and continues an unfinished erasure. It continues if the
    /// caller disconnects.
    pub async fn erase_user(&self, user_id: UserId) -> Result<Erasure, StoreError> {
        self.erase_user_at(user_id, self.clock.now()).await
    }

    /// The same with this time of the erasure, as for users whom another service erased.
    pub(crate) async fn erase_user_at(
        &self,
        user_id: UserId,
        at: Timestamp,
    ) -> Result<Erasure, StoreError> {
        let status = self.erase_rows(user_id, at).await?;
        let receipt = match status {
            ErasureStatus::Deleted => self.receipt(user_id).await?,
            ErasureStatus::Deleting => None,
        };
        Ok(Erasure { status, receipt })
    }

    async fn erase_rows(
        &self,
        user_id: UserId,
        at: Timestamp,
    ) -> Result<ErasureStatus, StoreError> {
        let erasures = &self.erasures;
        let deadline = Instant::now() + erasures.request_timeout;
        let store = Arc::clone(&erasures.store);
        let start = ErasureStart {
            user_id,
            at,
            now: self.clock.now(),
            most: FIRST_BATCH,
            has_receipt: erasures.signer.is_some(),
        };
        let beginning = async move { store.begin_erasure(start).await };
        if self.settings.erase(user_id, beginning).await? == Progress::Finished {
            return Ok(ErasureStatus::Deleted);
        }
        let _left_behind = LeaveBehind(&erasures.left_behind);
        Ok(erasures.finish_until(deadline, user_id).await)
    }
}
