//! Limits log lines of requests that failed because the database is unavailable: during an outage that is every
//! request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use privet_application::UnavailableReason;

/// The number of failures of one kind that are logged within [`WINDOW`].
const LINES: u32 = 5;
/// The time in which further ones are only counted.
const WINDOW: Duration = Duration::from_secs(10);

/// What was logged of each kind. All workers share it.
pub struct FailureLog {
    windows: [Mutex<Window>; UnavailableReason::ALL.len()],
    /// The number of failures of all kinds that were not logged yet.
    suppressed: AtomicU64,
}

#[derive(Default)]
struct Window {
    begun: Option<Instant>,
    lines: u32,
    suppressed: u64,
}

impl Window {
    fn is_over(&self, now: Instant) -> bool {
        self.begun
            .is_none_or(|begun| now.saturating_duration_since(begun) >= WINDOW)
    }
}

impl Default for FailureLog {
    /// An empty state.
    fn default() -> Self {
        Self {
            windows: UnavailableReason::ALL.map(|_| Mutex::default()),
            suppressed: AtomicU64::new(0),
        }
    }
}

impl FailureLog {
    /// Whether to log a failure: then the number of earlier ones that were not logged, otherwise `None`.
    pub fn begin_line(&self, reason: UnavailableReason, now: Instant) -> Option<u64> {
        let mut window = self.window(reason)?;
        if window.is_over(now) {
            window.begun = Some(now);
            window.lines = 0;
        }
        if window.lines >= LINES {
            window.suppressed += 1;
            self.suppressed.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        window.lines += 1;
        Some(self.take(&mut window))
    }

    /// The kinds of failures that were only counted, with their numbers, after their time has ended.
    pub fn overdue(&self, now: Instant) -> Vec<(UnavailableReason, u64)> {
        if self.suppressed.load(Ordering::Relaxed) == 0 {
            return Vec::new();
        }
        let all = UnavailableReason::ALL.into_iter();
        all.filter_map(|reason| {
            let mut window = self.window(reason)?;
            let is_due = window.suppressed > 0 && window.is_over(now);
            is_due.then(|| (reason, self.take(&mut window)))
        })
        .collect()
    }

    fn take(&self, window: &mut Window) -> u64 {
        let suppressed = std::mem::take(&mut window.suppressed);
        self.suppressed.fetch_sub(suppressed, Ordering::Relaxed);
        suppressed
    }

    fn window(&self, reason: UnavailableReason) -> Option<MutexGuard<'_, Window>> {
        let position = UnavailableReason::ALL
            .iter()
            .position(|each| *each == reason)?;
        let window = self.windows.get(position)?;
        Some(window.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWAY: UnavailableReason = UnavailableReason::Unreachable;
    const SLOW: UnavailableReason = UnavailableReason::Timeout;

    #[test]
    fn the_first_of_each_reason_are_logged_and_the_others_counted() {
        let (log, now) = (FailureLog::default(), Instant::now());
        for _ in 0..LINES {
            assert_eq!(log.begin_line(AWAY, now), Some(0));
        }
        for _ in 0..100 {
            assert_eq!(log.begin_line(AWAY, now), None);
        }
        assert_eq!(log.begin_line(SLOW, now), Some(0));
        assert_eq!(log.begin_line(AWAY, now + WINDOW), Some(100));
        assert_eq!(log.begin_line(AWAY, now + WINDOW), Some(0));
    }

    #[test]
    fn what_was_only_counted_is_told_once_its_time_is_over() {
        let (log, now) = (FailureLog::default(), Instant::now());
        for _ in 0..LINES + 7 {
            log.begin_line(AWAY, now);
        }
        assert_eq!(log.overdue(now), []);
        assert_eq!(log.overdue(now + WINDOW), [(AWAY, 7)]);
        assert_eq!(log.overdue(now + WINDOW), []);
    }
}
