//! Rate limits of one process, with the generic cell rate algorithm of `governor`.

use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota as GovernorQuota, RateLimiter as Governor};
use privet_application::rate_limits::{Limit, Quota, RateLimitOutcome, RateLimiter};
use privet_domain::UserId;

use crate::counters::{Counters, MOST_USERS};

type Keyed = Governor<UserId, Counters, DefaultClock, StateInformationMiddleware>;

/// One counter for each user and limit, for at most 262,144 users who have used a part of their quota; see
/// [`Self::forget_idle`]. Further users are counted in groups, and may be refused because of others in their
/// group.
pub struct GovernorRateLimiter {
    counters: Vec<(Limit, Quota, Keyed)>,
    clock: DefaultClock,
}

impl GovernorRateLimiter {
    /// Counts against the quota that `quota_of` returns for each limit.
    #[must_use]
    pub fn new(quota_of: impl Fn(Limit) -> Quota) -> Self {
        Self::with_room_for(MOST_USERS, quota_of)
    }

    fn with_room_for(users: usize, quota_of: impl Fn(Limit) -> Quota) -> Self {
        let clock = DefaultClock::default();
        let counter = |limit| {
            let quota = quota_of(limit);
            let counter = Keyed::new(cells(quota), Counters::new(users), clock.clone());
            (limit, quota, counter)
        };
        Self {
            counters: Limit::ALL.into_iter().map(counter).collect(),
            clock,
        }
    }

    /// The number of counters.
    #[must_use]
    pub fn counters(&self) -> usize {
        self.counters.iter().map(|(.., users)| users.len()).sum()
    }

    /// Removes counters of users whose quotas are full again. The caller MUST call it regularly, because otherwise
    /// every user takes memory for ever.
    pub fn forget_idle(&self) {
        for (_, _, counter) in &self.counters {
            counter.retain_recent();
            counter.shrink_to_fit();
        }
    }
}

fn cells(quota: Quota) -> GovernorQuota {
    // A quota of more than 1,000 million requests a second is treated as no limit.
    let interval = quota.interval().max(Duration::from_nanos(1));
    let cells = GovernorQuota::with_period(interval);
    cells
        .unwrap_or(GovernorQuota::per_second(quota.requests))
        .allow_burst(quota.requests)
}

impl RateLimiter for GovernorRateLimiter {
    fn count(&self, user: UserId, limit: Limit) -> RateLimitOutcome {
        let Some((_, quota, counter)) = self.counters.iter().find(|(known, ..)| *known == limit)
        else {
            let quota = limit.default_quota();
            return RateLimitOutcome::pass(quota, quota.requests.get());
        };
        match counter.check_key(&user) {
            Ok(snapshot) => RateLimitOutcome::pass(*quota, snapshot.remaining_burst_capacity()),
            Err(refused) => {
                RateLimitOutcome::refusal(*quota, refused.wait_time_from(self.clock.now()))
            }
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
            let outcome = limiter.count(ALICE, Limit::General);
            assert_eq!((outcome.retry_after, outcome.remaining), (None, left));
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

    /// More users than a limiter has separate counters for, each with one request.
    fn crowd(limiter: &GovernorRateLimiter) -> Vec<UserId> {
        let ids = (1_000..31_000).map(|number| UserId::from_uuid(Uuid::from_u128(number)));
        ids.inspect(|user| {
            limiter.count(*user, Limit::General);
        })
        .collect()
    }

    #[test]
    fn memory_is_bounded_for_any_number_of_users() {
        let limiter = GovernorRateLimiter::with_room_for(100, |_| Quota::per_minute(3));
        crowd(&limiter);
        for (limit, _, counter) in &limiter.counters {
            let bound = if *limit == Limit::General {
                100 + 1_024
            } else {
                0
            };
            assert!(counter.len() <= bound, "{limit:?}: {}", counter.len());
        }
    }

    #[test]
    fn no_user_exceeds_the_limit_among_many_users() {
        let limiter = GovernorRateLimiter::with_room_for(100, |_| Quota::per_minute(3));
        limiter.count(ALICE, Limit::General);
        for user in crowd(&limiter).into_iter().chain([ALICE]) {
            for _ in 0..2 {
                limiter.count(user, Limit::General);
            }
            assert!(limiter.count(user, Limit::General).retry_after.is_some());
        }
    }

    #[test]
    fn most_of_many_users_are_not_limited() {
        let limiter = GovernorRateLimiter::with_room_for(100, |_| Quota::per_minute(6));
        let crowd = crowd(&limiter);
        let passes = |user: &&UserId| limiter.count(**user, Limit::General).retry_after.is_none();
        let let_in = crowd.iter().filter(passes).count();
        assert!(let_in > crowd.len() * 9 / 10, "{let_in}");
    }

    #[test]
    fn after_a_flood_of_users_each_has_a_separate_counter() {
        let quota = Quota {
            requests: 1_000.try_into().unwrap(),
            window: Duration::from_secs(1),
        };
        let limiter = GovernorRateLimiter::with_room_for(100, |_| quota);
        crowd(&limiter);
        std::thread::sleep(Duration::from_millis(20));
        limiter.forget_idle();
        limiter.count(ALICE, Limit::General);
        let tracked = limiter.counters.iter().map(|(_, _, counter)| counter.len());
        assert_eq!(tracked.sum::<usize>(), 1);
    }

    #[test]
    fn a_user_who_was_counted_in_a_group_gets_no_second_quota() {
        let quota = Quota {
            requests: 100.try_into().unwrap(),
            window: Duration::from_secs(1),
        };
        let limiter = GovernorRateLimiter::with_room_for(100, |_| quota);
        crowd(&limiter);
        std::thread::sleep(Duration::from_millis(20));
        let passes = || limiter.count(ALICE, Limit::General).retry_after.is_none();
        let begun = std::time::Instant::now();
        while passes() {}
        limiter.forget_idle();
        let mut more: u128 = 0;
        while passes() {
            more += 1;
        }
        let regrown = begun.elapsed().as_millis() / 10 + 1;
        assert!(more <= regrown, "{more} and not {regrown}");
        assert_eq!(limiter.counters(), 1);
    }

    #[test]
    fn users_with_a_full_quota_are_removed() {
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
