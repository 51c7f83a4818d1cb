//! Requests for newer keys, from tokens with an unknown key: at most one fetch a minute for all of them, so that
//! invented key names cannot cause more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use privet_http::identity::{Asking, NewerKeys};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

/// The minimum time between two fetches.
const INTERVAL: Duration = Duration::from_mins(1);
/// How long a request waits for the fetch.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Combines the requests of all threads into one fetch at a time.
#[derive(Default)]
pub struct KeyRefresher {
    fetch: Mutex<Fetch>,
    requested: Notify,
    finished: watch::Sender<()>,
}

#[derive(Default)]
struct Fetch {
    last_begun: Option<Instant>,
    is_running: bool,
}

impl KeyRefresher {
    /// Waits until newer keys are requested.
    pub async fn requested(&self) {
        self.requested.notified().await;
    }

    /// Ends the fetch and resumes the requests that wait for it.
    pub fn finish(&self) {
        self.with_fetch(|fetch| fetch.is_running = false);
        self.finished.send_replace(());
    }

    /// Begins a fetch unless one is running or began within the interval. Returns whether one is running then.
    fn begin(&self) -> bool {
        let now = Instant::now();
        let (is_running, is_new) = self.with_fetch(|fetch| {
            let is_early = fetch.last_begun.is_some_and(|last| now - last < INTERVAL);
            let is_new = !fetch.is_running && !is_early;
            if is_new {
                *fetch = Fetch {
                    last_begun: Some(now),
                    is_running: true,
                };
            }
            (fetch.is_running, is_new)
        });
        if is_new {
            self.requested.notify_one();
        }
        is_running
    }

    fn with_fetch<R>(&self, work: impl FnOnce(&mut Fetch) -> R) -> R {
        let fetch = self.fetch.lock();
        work(&mut fetch.unwrap_or_else(PoisonError::into_inner))
    }
}

impl NewerKeys for KeyRefresher {
    fn ask(&self) -> Asking<'_> {
        Box::pin(async {
            // Subscribed first, so that a fetch that ends at once is noticed.
            let mut finished = self.finished.subscribe();
            if self.begin() {
                let _ = timeout(TIMEOUT, finished.changed()).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::{advance, sleep};

    use super::*;

    /// A refresher whose fetches take this long, and their number.
    fn refresher(delay: Duration) -> (Arc<KeyRefresher>, Arc<AtomicU32>) {
        let (refresher, fetches) = (
            Arc::new(KeyRefresher::default()),
            Arc::new(AtomicU32::new(0)),
        );
        let (behind, counted) = (Arc::clone(&refresher), Arc::clone(&fetches));
        tokio::spawn(async move {
            loop {
                behind.requested().await;
                counted.fetch_add(1, Ordering::Relaxed);
                sleep(delay).await;
                behind.finish();
            }
        });
        (refresher, fetches)
    }

    #[tokio::test(start_paused = true)]
    async fn newer_keys_are_fetched_once_a_minute_at_most() {
        let (refresher, fetches) = refresher(Duration::from_millis(100));
        for minute in 1..=3 {
            for _ in 0..1_000 {
                refresher.ask().await;
            }
            assert_eq!(fetches.load(Ordering::Relaxed), minute);
            advance(Duration::from_secs(59)).await;
            refresher.ask().await;
            assert_eq!(fetches.load(Ordering::Relaxed), minute);
            advance(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_at_the_same_time_share_one_fetch() {
        let (refresher, fetches) = refresher(Duration::from_millis(100));
        let begun = Instant::now();
        let asking = (0..1_000).map(|_| {
            let refresher = Arc::clone(&refresher);
            tokio::spawn(async move { refresher.ask().await })
        });
        for asked in asking.collect::<Vec<_>>() {
            asked.await.unwrap();
        }
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
        assert!(begun.elapsed() < Duration::from_millis(200));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_two_seconds_for_a_fetch_at_most() {
        let (refresher, _) = refresher(Duration::from_mins(2));
        for _ in 0..2 {
            let begun = Instant::now();
            refresher.ask().await;
            assert_eq!(begun.elapsed(), TIMEOUT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_request_waits_within_the_minute() {
        let (refresher, _) = refresher(Duration::from_millis(100));
        refresher.ask().await;
        let begun = Instant::now();
        refresher.ask().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
