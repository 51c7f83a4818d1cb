//! Logs health checks that find a dependency unavailable or read-only: once at the beginning, then once a minute
//! with the number of checks in between, and once at the end.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Availability, Obstacle};
use crate::StoreError;

/// The time in which further checks are only counted.
const WINDOW: Duration = Duration::from_mins(1);

/// For the dependency that the service cannot work without. There is one in a process.
static LOG: CheckLog = CheckLog::new();

/// Logs the result of a check of a required dependency, if it is new.
pub fn note(dependency: &'static str, answer: Result<&Availability, &StoreError>) {
    for (news, suppressed) in LOG.news(answer, Instant::now()) {
        news.tell(dependency, suppressed);
    }
}

/// The result of a check that is logged.
#[derive(Debug)]
enum News<'a> {
    Away(&'a StoreError),
    Back,
    ReadsOnly(Obstacle),
    TakesChangesAgain,
}

impl News<'_> {
    fn tell(&self, dependency: &'static str, suppressed: u64) {
        let some_suppressed = (suppressed > 0).then_some(suppressed);
        match self {
            Self::Away(error) => tracing::warn!(
                dependency,
                error.type = error.error_type(),
                exception.message = %error,
                suppressed = some_suppressed,
                "a dependency is away"
            ),
            Self::Back => tracing::info!(dependency, suppressed, "a dependency is back"),
            Self::ReadsOnly(obstacle) => tracing::warn!(
                dependency,
                error.type = obstacle.name(),
                suppressed = some_suppressed,
                "a dependency refuses writes"
            ),
            Self::TakesChangesAgain => {
                tracing::info!(dependency, suppressed, "a dependency accepts writes again");
            }
        }
    }
}

/// The log state of the two conditions. They are independent: a dependency that is available again may be
/// read-only.
struct CheckLog {
    away: OutageLog,
    reads_only: OutageLog,
}

impl CheckLog {
    const fn new() -> Self {
        Self {
            away: OutageLog::new(),
            reads_only: OutageLog::new(),
        }
    }

    /// What to log for a check, each with the number of earlier checks that were not logged.
    fn news<'a>(
        &self,
        answer: Result<&Availability, &'a StoreError>,
        now: Instant,
    ) -> Vec<(News<'a>, u64)> {
        let availability = match answer {
            // It is unknown whether it accepts writes.
            Err(error) => {
                let news = self.away.begins_or_lasts(now);
                return news.map(|n| (News::Away(error), n)).into_iter().collect();
            }
            Ok(availability) => *availability,
        };
        let back = self.away.ends().map(|n| (News::Back, n));
        let other = match availability {
            Availability::Complete => self.reads_only.ends().map(|n| (News::TakesChangesAgain, n)),
            Availability::ReadsOnly(obstacle) => self
                .reads_only
                .begins_or_lasts(now)
                .map(|n| (News::ReadsOnly(obstacle), n)),
        };
        back.into_iter().chain(other).collect()
    }
}

/// The log state of one condition.
struct OutageLog(Mutex<Option<Outage>>);

struct Outage {
    logged: Instant,
    suppressed: u64,
}

impl OutageLog {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether to log this: then the number of earlier checks that were not logged, otherwise `None`.
    fn begins_or_lasts(&self, now: Instant) -> Option<u64> {
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

    /// The number of checks that were not logged, if the condition has just ended.
    fn ends(&self) -> Option<u64> {
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
        assert_eq!(log.ends(), None);
        assert_eq!(log.begins_or_lasts(now), Some(0));
        for _ in 0..7 {
            assert_eq!(log.begins_or_lasts(now), None);
        }
        assert_eq!(log.begins_or_lasts(now + WINDOW), Some(7));
        assert_eq!(log.begins_or_lasts(now + WINDOW), None);
        assert_eq!(log.ends(), Some(1));
        assert_eq!(log.ends(), None);
    }

    fn said(
        log: &CheckLog,
        answer: &Result<Availability, StoreError>,
        now: Instant,
    ) -> Vec<String> {
        let news = log.news(answer.as_ref(), now).into_iter();
        news.map(|(news, suppressed)| match news {
            News::Away(_) => format!("away {suppressed}"),
            News::Back => format!("back {suppressed}"),
            News::ReadsOnly(obstacle) => format!("{} {suppressed}", obstacle.name()),
            News::TakesChangesAgain => format!("changes {suppressed}"),
        })
        .collect()
    }

    #[test]
    fn changes_that_are_not_taken_are_told_once_a_minute_and_at_the_end_apart_from_outages() {
        let (log, now) = (CheckLog::new(), Instant::now());
        let full = Ok(Availability::ReadsOnly(Obstacle::DiskFull));
        let complete = Ok(Availability::Complete);
        let away = Err(StoreError::unavailable("away"));
        let nothing: [&str; 0] = [];
        assert_eq!(said(&log, &complete, now), nothing);
        assert_eq!(said(&log, &full, now), ["disk-full 0"]);
        for _ in 0..7 {
            assert_eq!(said(&log, &full, now), nothing);
        }
        assert_eq!(said(&log, &full, now + WINDOW), ["disk-full 7"]);
        assert_eq!(said(&log, &full, now + WINDOW), nothing);
        assert_eq!(said(&log, &away, now + WINDOW), ["away 0"]);
        assert_eq!(said(&log, &away, now + WINDOW), nothing);
        assert_eq!(said(&log, &full, now + WINDOW), ["back 1"]);
        assert_eq!(said(&log, &complete, now + WINDOW), ["changes 2"]);
        assert_eq!(said(&log, &complete, now + WINDOW), nothing);
    }
}
