//! A short pause in the use of Redis after it was too slow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The length of the pause.
pub(super) const BACKOFF: Duration = Duration::from_millis(20);

/// The end of the pause, in microseconds since the link began.
#[derive(Default)]
pub(super) struct Backoff(AtomicU64);

impl Backoff {
    pub fn holds(&self, now: impl FnOnce() -> u64) -> bool {
        let until = self.0.load(Ordering::Relaxed);
        until > 0 && now() < until
    }

    pub fn begin_at(&self, now: u64) {
        let until = now.saturating_add(super::micros(BACKOFF));
        self.0.store(until, Ordering::Relaxed);
    }

    pub fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
