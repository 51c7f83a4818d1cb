//! How often whom may ask, and who counts it: the replicas together where they can, else each by itself.

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

/// The requests that are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Reading one's messaging privacy.
    MessagingRead,
    /// Updating one's messaging privacy.
    MessagingUpdate,
    /// Updating one's email contact.
    EmailContactUpdate,
    /// Updating one's account privacy.
    AccountUpdate,
    /// Updating and resetting one's preferences.
    PreferencesUpdate,
    /// Everything else a user may ask.
    General,
    /// Requests that fail authentication. Counted for each address, since there is no user.
    FailedAuthentication,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 7] = [
        Self::MessagingRead,
        Self::MessagingUpdate,
        Self::EmailContactUpdate,
        Self::AccountUpdate,
        Self::PreferencesUpdate,
        Self::General,
        Self::FailedAuthentication,
    ];

    /// The name in the `RateLimit` fields and, in capitals, behind `PRIVET_LIMIT_`.
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

    /// The quota where the operator set none.
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

/// So many requests in such a time. The whole quota may be used in one burst; it comes back evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many requests, at least 1.
    pub requests: NonZeroU32,
    /// In which time, in whole seconds, at least 1.
    pub window: Duration,
}

impl Quota {
    /// So many requests a minute; none counts as one.
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

    /// The time in which one request comes back.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.window / self.requests.get()
    }
}

/// Whether a request may go on, and what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitOutcome {
    /// The quota that was applied.
    pub quota: Quota,
    /// `None` where the request may go on; else how long to wait before the next one may.
    pub retry_after: Option<Duration>,
    /// How many more requests may come at once.
    pub remaining: u32,
    /// After how long the quota is whole again.
    pub reset_after: Duration,
}

impl RateLimitOutcome {
    /// The request may go on, and so may `remaining` more.
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

    /// The request may not go on, nor may another before so long.
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

/// The network that an address stands for: itself, or with IPv6 its /64, since a single customer is
/// handed a whole /64 and could count from one for ever.
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

/// For whom a request is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// A user.
    User(UserId),
    /// Wherever it came from, where nobody is authenticated.
    Network(ClientNetwork),
}

/// Counts the requests that come to this process.
pub trait RateLimiter: Send + Sync {
    /// Counts one request of the user against the limit. A refused request MUST NOT be counted.
    fn count(&self, user: UserId, limit: Limit) -> RateLimitOutcome;
}

/// Counts the requests that come to any replica.
#[async_trait]
pub trait SharedRateLimiter: Send + Sync {
    /// Counts one request against the limit, as one process would that got all of them: requests MUST be
    /// ordered, and a refused one MUST NOT be counted. MUST give up before anybody notices, within some 50
    /// milliseconds, but no sooner than it must, as the user then has another quota; the request may then be
    /// counted or not.
    async fn count(&self, counted: Counted, limit: Limit) -> Result<RateLimitOutcome, Unreachable>;
}

/// Whose turn it is, counted by all replicas together, or while they cannot be, by each for itself.
///
/// A process counts for itself from when it must, and so grants each user at most one more burst then. What
/// it counted is left aside once replicas count together again; they go on from where they were.
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
    /// Counts together where there is something to do it with.
    #[must_use]
    pub fn new(local: Arc<dyn RateLimiter>, shared: Option<Arc<dyn SharedRateLimiter>>) -> Self {
        describe_counter!(
            COUNTS,
            "Requests counted against a limit that replicas share: by the replicas together, or by the process alone."
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

    /// The right of one more request of the user to wait until it may ask the database, in this process; `None`
    /// where as many as may wait already.
    #[must_use]
    pub fn slot(&self, user: UserId) -> Option<ConcurrencySlot> {
        self.concurrency.slot(user)
    }

    /// The right of one more request of the user to ask the database, in this process; `None` where as many as
    /// may do so already, and none ends within a short wait, or as many as may wait already.
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

    /// Counts one request of whoever failed to authenticate. `None` where replicas cannot count together:
    /// then the guard that the process has against such requests stands alone.
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
