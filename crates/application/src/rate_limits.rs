//! How often a user may ask.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use privet_domain::UserId;

/// The requests that are counted together for one user.
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
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 6] = [
        Self::MessagingRead,
        Self::MessagingUpdate,
        Self::EmailContactUpdate,
        Self::AccountUpdate,
        Self::PreferencesUpdate,
        Self::General,
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
pub struct Verdict {
    /// The quota that was applied.
    pub quota: Quota,
    /// `None` where the request may go on; else how long to wait before the next one may.
    pub retry_after: Option<Duration>,
    /// How many more requests may come at once.
    pub remaining: u32,
    /// After how long the quota is whole again.
    pub reset_after: Duration,
}

/// Counts requests.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts one request of the user against the limit. A refused request MUST NOT be counted.
    async fn count(&self, user: UserId, limit: Limit) -> Verdict;
}
