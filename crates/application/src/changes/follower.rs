//! The follower: the one task of a replica that reads the feed.

use std::sync::Arc;
use std::time::Duration;

use privet_domain::Timestamp;
use privet_domain::changes::cursor::FeedPosition;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::followed_feed::FollowedFeed;
use super::metrics::Metrics;
use super::{ChangeSignal, ChangeStore};
use crate::{Clock, StoreError};

/// The number of changes that a read returns.
const BATCH: u32 = 1_000;
/// The minimum time between two reads, so that many changes share one. The first change after a pause is read at once.
pub(super) const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// The maximum time between two reads: changes of other processes may be told by no signal.
pub(super) const LONGEST_INTERVAL: Duration = Duration::from_millis(250);

/// Follows the feed for as long as the process runs.
pub struct Follower {
    store: Arc<dyn ChangeStore>,
    feed: Arc<FollowedFeed>,
    clock: Arc<dyn Clock>,
    signal: ChangeSignal,
    metrics: Metrics,
    /// Whether no other process uses the store.
    is_alone: bool,
}

impl Follower {
    pub(super) fn new(
        store: Arc<dyn ChangeStore>,
        feed: Arc<FollowedFeed>,
        clock: Arc<dyn Clock>,
        signal: ChangeSignal,
    ) -> Self {
        Self {
            store,
            feed,
            clock,
            signal,
            metrics: Metrics::new(),
            is_alone: false,
        }
    }

    /// The same, for a store that no other process uses.
    #[must_use]
    pub fn alone(self) -> Self {
        Self {
            is_alone: true,
            ..self
        }
    }

    /// Reads when a change is signalled, and otherwise regularly. Never returns.
    pub async fn run(self) {
        loop {
            let begun = Instant::now();
            match self.read().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => log_failure(&error),
            }
            sleep_until(begun + SHORTEST_INTERVAL).await;
            self.wait(begun + LONGEST_INTERVAL).await;
        }
    }

    /// Waits for a signal, at most until the next regular read. Tells meanwhile what settles.
    async fn wait(&self, until: Instant) {
        loop {
            let settles = self.feed.next_settlement();
            let next = settles.map_or(until, |settles| settles.min(until));
            if timeout_at(next, self.signal.wait()).await.is_ok() {
                return;
            }
            let now = Instant::now();
            self.note_lag(&self.feed.settle(now));
            if now >= until {
                return;
            }
        }
    }

    fn note_lag(&self, told: &[Timestamp]) {
        let now = self.clock.now();
        for at in told {
            self.metrics.lag.record(since(*at, now).as_secs_f64());
        }
    }

    /// Reads and tells what is new. Returns whether there is more.
    async fn read(&self) -> Result<bool, StoreError> {
        let reached = self.feed.reached();
        // The first read only finds the end of the feed.
        let (after, most) = reached.map_or((FeedPosition::FIRST, 1), |reached| (reached, BATCH));
        let begun = Instant::now();
        let part = self.store.changes_after(after, most).await?;
        let announcement = self.feed.announcement();
        announcement.compare(part.feed.catalogue, begun);
        let told = self.feed.take(&part, Instant::now(), self.is_alone);
        self.note_lag(&told);
        let now = self.clock.now();
        let waiting = part.feed.waiting_since.map(|at| since(at, now));
        self.metrics.waiting(waiting);
        self.metrics.read_at(now);
        self.metrics.devices(self.feed.devices().count());
        Ok(reached.is_some() && part.has_more)
    }
}

/// Zero if the clock was set back.
fn since(at: Timestamp, now: Timestamp) -> Duration {
    let micros = now.as_micros().saturating_sub(at.as_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

fn log_failure(error: &StoreError) {
    tracing::debug!(error.type = error.error_type(), exception.message = %error, "cannot read the feed of changes yet");
}
