//! Rate limits in Redis, one key each: `privet:v1:limit:<name>:user:{<id>}`, or `…:network:{<address>}`. The
//! arithmetic is in `lua/rate_limit.lua`, and equals that of a single process.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use privet_application::rate_limits::{Counted, Limit, Quota, RateLimitOutcome, SharedRateLimiter};
use privet_application::shared_cache::rows::Unreachable;
use redis::Script;

use crate::link::{CommandKind, RedisLink};

/// Sets the time before [`COUNT`].
const NOW: &str = "local now = redis.call('TIME')\n";
const COUNT: &str = include_str!("lua/rate_limit.lua");

/// Counters in Redis. Each takes about 150 bytes until the quota is full again. If Redis loses them, all users get
/// a full quota.
pub struct RedisRateLimiter {
    link: Arc<RedisLink>,
    quota_of: Box<dyn Fn(Limit) -> Quota + Send + Sync>,
    count: Script,
}

impl RedisRateLimiter {
    /// Counts against the quota that `quota_of` returns for each limit. Replicas with different quotas may share
    /// counters: each compares the common count with its own quota.
    #[must_use]
    pub fn new(
        link: Arc<RedisLink>,
        quota_of: impl Fn(Limit) -> Quota + Send + Sync + 'static,
    ) -> Self {
        Self {
            link,
            quota_of: Box::new(quota_of),
            count: Script::new(&[NOW, COUNT].concat()),
        }
    }
}

fn key(counted: Counted, limit: Limit) -> String {
    let name = limit.name();
    match counted {
        Counted::User(id) => format!("privet:v1:limit:{name}:user:{{{id}}}"),
        Counted::Network(network) => format!("privet:v1:limit:{name}:network:{{{network}}}"),
    }
}

fn interval(quota: Quota) -> u64 {
    // A quota of more than 1,000 million requests a second is treated as no limit.
    u64::try_from(quota.interval().as_nanos())
        .unwrap_or(u64::MAX)
        .max(1)
}

/// The result of the script: whether the request is allowed, and the remaining quota or the waiting time.
type Answer = (bool, u64);

fn outcome(quota: Quota, (passes, number): Answer) -> RateLimitOutcome {
    if passes {
        RateLimitOutcome::pass(quota, u32::try_from(number).unwrap_or(u32::MAX))
    } else {
        RateLimitOutcome::refusal(quota, Duration::from_nanos(number))
    }
}

#[async_trait]
impl SharedRateLimiter for RedisRateLimiter {
    async fn count(&self, counted: Counted, limit: Limit) -> Result<RateLimitOutcome, Unreachable> {
        let quota = (self.quota_of)(limit);
        let key = key(counted, limit);
        let mut call = self.count.key(&key);
        call.arg(interval(quota)).arg(quota.requests.get());
        let answer = self.link.run(CommandKind::Count, &key, &call).await?;
        Ok(outcome(quota, answer))
    }
}
