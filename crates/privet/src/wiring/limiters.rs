//! The configured rate limits.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use privet_application::rate_limits::{Limit, RateLimiter, RateLimits, SharedRateLimiter};
use privet_memory::GovernorRateLimiter;
use privet_redis::RedisRateLimiter;

use crate::configuration::limits::Limits;

use super::redis::Redis;

/// The interval at which unused counters are removed.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// Limits counted in Redis, if there is one, and in this process.
pub struct Limiters {
    pub(super) process: Arc<GovernorRateLimiter>,
    redis: Option<Arc<RedisRateLimiter>>,
}

impl Limiters {
    /// Counts against these quotas.
    pub fn new(limits: Limits, redis: Option<&Redis>) -> Self {
        let quota_of = move |limit: Limit| limits.quota(limit);
        let in_redis = |redis: &Redis| RedisRateLimiter::new(Arc::clone(&redis.0), quota_of);
        Self {
            process: Arc::new(GovernorRateLimiter::new(quota_of)),
            redis: redis.map(in_redis).map(Arc::new),
        }
    }

    /// Regularly removes the counters of idle users.
    pub fn forget_idle_forever(&self) -> impl Future<Output = ()> + use<> {
        let limiter = Arc::clone(&self.process);
        async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                limiter.forget_idle();
            }
        }
    }

    pub(super) fn port(&self) -> RateLimits {
        let process = Arc::clone(&self.process) as Arc<dyn RateLimiter>;
        let redis = self.redis.clone();
        RateLimits::new(
            process,
            redis.map(|redis| redis as Arc<dyn SharedRateLimiter>),
        )
    }
}
