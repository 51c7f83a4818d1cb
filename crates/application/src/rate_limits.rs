//! Rate limits: counted by all replicas together if possible, otherwise by each process.

mod concurrency;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use metrics::{Counter, counter, describe_counter};
use privet_domain::UserId;

use crate::shared_cache::rows::Unreachable;

use concurrency::ConcurrencyLimit;
pub use concurrency::{ConcurrencyPermit, ConcurrencySlot, MOST_CONCURRENT};

const COUNTS: &str = "privet_rate_limit_counts_total";

/// The groups of requests with a common limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Reads of messaging privacy.
    MessagingRead,
    /// Updates of messaging privacy.
    MessagingUpdate,
    /// Updates of email contact.
    EmailContactUpdate,
    /// Updates of account privacy.
    AccountUpdate,
    /// Updates and resets of preferences.
    PreferencesUpdate,
    /// All other requests of a user.
    General,
    /// Failed authentication, counted by address because there is no user.
    FailedAuthentication,
}

impl Limit {
    /// All limits.
    pub const ALL: [Self; 7] = [
        Self::MessagingRead,
        Self::MessagingUpdate,
        Self::EmailContactUpdate,
        Self::AccountUpdate,
        Self::PreferencesUpdate,
        Self::General,
        Self::FailedAuthentication,
    ];

    /// The name in the `RateLimit` fields and, in capitals, in `PRIVET_LIMIT_<NAME>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessagingRead => "messaging_read",
            Self::MessagingUpdate => "messaging_update",
            Self::EmailContactUpdate => "email_contact_update",
            Self::AccountUpdate => "account_update",
            Self::PreferencesUpdate => "preferences_update",
            Self::General => "general",
            Self::FailedAuthentication => "failed_auth",
        }
    }

    /// The default quota.
    #[must_use]
    pub const fn default_quota(self) -> Quota {
        let requests = match self {
            Self::MessagingRead => 15,
            Self::MessagingUpdate => 5,
            Self::EmailContactUpdate | Self::AccountUpdate | Self::PreferencesUpdate => 30,
            Self::General => 120,
            Self::FailedAuthentication => 60,
        };
        Quota::per_minute(requests)
    }
}

/// A number of requests in a time. The whole quota may be used in one burst; it refills evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The number of requests, at least 1.
    pub requests: NonZeroU32,
    /// The time in whole seconds, at least 1.
    pub window: Duration,
}

impl Quota {
    /// This number of requests a minute; 0 counts as 1.
    #[must_use]
    pub const fn per_minute(requests: u32) -> Self {
        let requests = match NonZeroU32::new(requests) {
            Some(requests) => requests,
            None => NonZeroU32::MIN,
        };
        Self {
            requests,
            window: Duration::from_mins(1),
        }
    }

    /// The time in which one request is refilled.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.window / self.requests.get()
    }
}

/// Whether a request is allowed, and the remaining quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitOutcome {
    /// The quota.
    pub quota: Quota,
    /// `None` if the request is allowed; otherwise the wait until the next one is.
    pub retry_after: Option<Duration>,
    /// The number of further requests that are allowed at once.
    pub remaining: u32,
    /// The time until the quota is full again.
    pub reset_after: Duration,
}

impl RateLimitOutcome {
    /// The request is allowed, and `remaining` further ones are.
    #[must_use]
    pub fn pass(quota: Quota, remaining: u32) -> Self {
        let spent = quota.requests.get().saturating_sub(remaining);
        Self {
            quota,
            retry_after: None,
            remaining,
            reset_after: quota.interval() * spent,
        }
    }

    /// The request is refused, and the next one is allowed after this time.
    #[must_use]
    pub fn refusal(quota: Quota, retry_after: Duration) -> Self {
        Self {
            quota,
            retry_after: Some(retry_after),
            remaining: 0,
            reset_after: quota.window,
        }
    }
}

/// The network of an address: the address itself, or the /64 of an IPv6 address, because one customer has a whole
/// /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()),
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// A user.
    User(UserId),
    /// The network of a request without authentication.
    Network(ClientNetwork),
}

/// Counts the requests of this process.
pub trait RateLimiter: Send + Sync {
    /// Counts one request of the user against the limit. A refused request MUST NOT be counted.
    fn count(&self, user: UserId, limit: Limit) -> RateLimitOutcome;
}

/// Counts the requests of all replicas.
#[async_trait]
pub trait SharedRateLimiter: Send + Sync {
    /// Counts one request against the limit, like one process that gets all requests: requests MUST be ordered,
    /// and a refused one MUST NOT be counted. MUST stop waiting within about 50 milliseconds, but not earlier,
    /// because the user then has another quota; the request may or may not be counted.
    async fn count(&self, counted: Counted, limit: Limit) -> Result<RateLimitOutcome, Unreachable>;
}

/// Counts in all replicas together, or in each process while that is impossible.
///
/// When a process begins to count alone, each user gets at most one extra burst. Its counts are not used once
/// replicas count together again; these continue from their old counts.
pub struct RateLimits {
    local: Arc<dyn RateLimiter>,
    shared: Option<SharedLimits>,
    concurrency: ConcurrencyLimit,
}

struct SharedLimits {
    limiter: Arc<dyn SharedRateLimiter>,
    counted: Counter,
    away: Counter,
}

impl RateLimits {
    /// Counts together if there is a shared counter.
    #[must_use]
    pub fn new(local: Arc<dyn RateLimiter>, shared: Option<Arc<dyn SharedRateLimiter>>) -> Self {
        describe_counter!(
            COUNTS,
            "Requests counted against a shared limit: in Redis (replicas), or in the process (process)."
        );
        let counter = |by| counter!(COUNTS, "by" => by);
        let shared = shared.map(|limiter| SharedLimits {
            limiter,
            counted: counter("replicas"),
            away: counter("process"),
        });
        Self {
            local,
            shared,
            concurrency: ConcurrencyLimit::default(),
        }
    }

    /// A place to wait until the user may use the database in this process; `None` if all are taken.
    #[must_use]
    pub fn slot(&self, user: UserId) -> Option<ConcurrencySlot> {
        self.concurrency.slot(user)
    }

    /// A permit for a request of the user to use the database; `None` if there is none within a short wait, or if
    /// all places to wait are taken.
    pub async fn permit(&self, user: UserId) -> Option<ConcurrencyPermit> {
        self.slot(user)?.permit().await
    }

    /// Counts one request of the user against the limit.
    pub async fn count(&self, user: UserId, limit: Limit) -> RateLimitOutcome {
        match self.count_shared(Counted::User(user), limit).await {
            Some(outcome) => outcome,
            None => self.local.count(user, limit),
        }
    }

    /// Counts one failed authentication. `None` if replicas cannot count together: then only the guard of this
    /// process counts.
    pub async fn count_failure(&self, network: ClientNetwork) -> Option<RateLimitOutcome> {
        let limit = Limit::FailedAuthentication;
        self.count_shared(Counted::Network(network), limit).await
    }

    async fn count_shared(&self, counted: Counted, limit: Limit) -> Option<RateLimitOutcome> {
        let shared = self.shared.as_ref()?;
        let outcome = shared.limiter.count(counted, limit).await.ok();
        match outcome {
            Some(_) => shared.counted.increment(1),
            None => shared.away.increment(1),
        }
        outcome
    }
}
