//! Rate limits counted by one process, with the generic cell rate algorithm of `governor`.

use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota as GovernorQuota, RateLimiter as Governor};
use privet_application::rate_limits::{Limit, Quota, RateLimiter, Verdict};
use privet_domain::UserId;

type Keyed =
    Governor<UserId, DefaultKeyedStateStore<UserId>, DefaultClock, StateInformationMiddleware>;

/// One counter a user and limit. Takes about 100 bytes for each user whose quota is not whole; see
/// [`Self::forget_idle`].
pub struct GovernorRateLimiter {
    counters: Vec<(Limit, Quota, Keyed)>,
    clock: DefaultClock,
}

impl GovernorRateLimiter {
    /// Counts against the quota that `quota_of` gives each limit.
    #[must_use]
    pub fn new(quota_of: impl Fn(Limit) -> Quota) -> Self {
        let counters = Limit::ALL
            .into_iter()
            .map(|limit| {
                let quota = quota_of(limit);
                (
                    limit,
                    quota,
                    Governor::keyed(cells(quota)).with_middleware(),
                )
            })
            .collect();
        Self {
            counters,
            clock: DefaultClock::default(),
        }
    }

    /// How many counters there are.
    #[must_use]
    pub fn counters(&self) -> usize {
        self.counters.iter().map(|(.., users)| users.len()).sum()
    }

    /// Forgets users whose quotas are whole again. To be called from time to time, or memory grows
    /// with every user who ever asked.
    pub fn forget_idle(&self) {
        for (_, _, counter) in &self.counters {
            counter.retain_recent();
            counter.shrink_to_fit();
        }
    }
}

fn cells(quota: Quota) -> GovernorQuota {
    // A quota of more than a thousand million a second is none.
    let interval = quota.interval().max(Duration::from_nanos(1));
    let cells = GovernorQuota::with_period(interval);
    cells
        .unwrap_or(GovernorQuota::per_second(quota.requests))
        .allow_burst(quota.requests)
}

impl RateLimiter for GovernorRateLimiter {
    fn count(&self, user: UserId, limit: Limit) -> Verdict {
        let Some((_, quota, counter)) = self.counters.iter().find(|(known, ..)| *known == limit)
        else {
            let quota = limit.default_quota();
            return Verdict::pass(quota, quota.requests.get());
        };
        match counter.check_key(&user) {
            Ok(snapshot) => Verdict::pass(*quota, snapshot.remaining_burst_capacity()),
            Err(refused) => Verdict::refusal(*quota, refused.wait_time_from(self.clock.now())),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ALICE: UserId = UserId::from_uuid(Uuid::from_u128(1));
    const BOB: UserId = UserId::from_uuid(Uuid::from_u128(2));

    #[test]
    fn the_whole_quota_may_come_in_one_burst_and_then_no_more() {
        let limiter = GovernorRateLimiter::new(|_| Quota::per_minute(3));
        for left in [2, 1, 0] {
            let verdict = limiter.count(ALICE, Limit::General);
            assert_eq!((verdict.retry_after, verdict.remaining), (None, left));
        }
        let refused = limiter.count(ALICE, Limit::General);
        let wait = refused.retry_after.unwrap();
        assert!(
            wait > Duration::from_secs(19) && wait <= Duration::from_secs(20),
            "{wait:?}"
        );
    }

    #[test]
    fn users_and_limits_are_counted_apart() {
        let limiter = GovernorRateLimiter::new(|_| Quota::per_minute(1));
        for (user, limit) in [
            (ALICE, Limit::General),
            (BOB, Limit::General),
            (ALICE, Limit::MessagingRead),
        ] {
            assert_eq!(limiter.count(user, limit).retry_after, None);
        }
        assert!(limiter.count(ALICE, Limit::General).retry_after.is_some());
    }

    #[test]
    fn a_refused_request_is_not_counted() {
        let quota = Quota {
            requests: 10.try_into().unwrap(),
            window: Duration::from_secs(1),
        };
        let limiter = GovernorRateLimiter::new(|_| quota);
        let mut waits = Vec::new();
        for _ in 0..100 {
            waits.extend(limiter.count(ALICE, Limit::General).retry_after);
        }
        assert!(
            waits.iter().all(|wait| *wait <= Duration::from_millis(100)),
            "{waits:?}"
        );
    }

    #[test]
    fn users_whose_quota_is_whole_are_forgotten() {
        let quota = Quota {
            requests: 1_000.try_into().unwrap(),
            window: Duration::from_secs(1),
        };
        let limiter = GovernorRateLimiter::new(|_| quota);
        limiter.count(ALICE, Limit::General);
        std::thread::sleep(Duration::from_millis(20));
        limiter.forget_idle();
        assert!(
            limiter
                .counters
                .iter()
                .all(|(_, _, counter)| counter.is_empty())
        );
    }
}
