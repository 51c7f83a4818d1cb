//! What the log says of a dependency that health checks find away: once at the beginning, then now and then with
//! how many checks found the same, and once at the end. Probes come every few seconds.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::StoreError;

/// How long further checks are only counted.
const WINDOW: Duration = Duration::from_mins(1);

/// Of the dependency that the service cannot work without. There is one in a process.
static LOG: OutageLog = OutageLog::new();

/// Logs how a check of a required dependency ended, if that is news.
pub fn note(dependency: &'static str, error: Option<&StoreError>) {
    let Some(error) = error else {
        if let Some(suppressed) = LOG.is_back() {
            tracing::info!(dependency, suppressed, "a dependency is back");
        }
        return;
    };
    if let Some(suppressed) = LOG.is_away(Instant::now()) {
        tracing::warn!(
            dependency,
            error.type = error.error_type(),
            exception.message = %error,
            suppressed = (suppressed > 0).then_some(suppressed),
            "a dependency is away"
        );
    }
}

struct OutageLog(Mutex<Option<Outage>>);

struct Outage {
    logged: Instant,
    suppressed: u64,
}

impl OutageLog {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether this is to be logged: then how many checks before it were not, else nothing.
    fn is_away(&self, now: Instant) -> Option<u64> {
        let mut outage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match outage.as_mut() {
            Some(outage) if now.saturating_duration_since(outage.logged) < WINDOW => {
                outage.suppressed += 1;
                None
            }
            before => {
                let suppressed = before.map_or(0, |outage| outage.suppressed);
                *outage = Some(Outage {
                    logged: now,
                    suppressed: 0,
                });
                Some(suppressed)
            }
        }
    }

    /// How many checks were not logged, where the dependency was away until now.
    fn is_back(&self) -> Option<u64> {
        let mut outage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        outage.take().map(|outage| outage.suppressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_a_minute_and_at_its_end() {
        let (log, now) = (OutageLog::new(), Instant::now());
        assert_eq!(log.is_back(), None);
        assert_eq!(log.is_away(now), Some(0));
        for _ in 0..7 {
            assert_eq!(log.is_away(now), None);
        }
        assert_eq!(log.is_away(now + WINDOW), Some(7));
        assert_eq!(log.is_away(now + WINDOW), None);
        assert_eq!(log.is_back(), Some(1));
        assert_eq!(log.is_back(), None);
    }
}
