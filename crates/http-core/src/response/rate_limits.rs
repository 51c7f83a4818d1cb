//! The `RateLimit` and `RateLimit-Policy` fields (draft-ietf-httpapi-ratelimit-headers): the policy's
//! name, its quota `q` in a window `w` of seconds, what remains (`r`), and in how many seconds (`t`)
//! the quota is whole again, or, after a refusal, the next request may come. A bound without a window says its unit
//! (`qu`).

mod wait;

use std::time::Duration;

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use privet_application::rate_limits::{Limit, MOST_CONCURRENT, Quota, RateLimitOutcome};

pub use wait::{seconds, whole_seconds};

/// A request that was refused because of too many before it.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// The limit they were counted against.
    pub limit: Limit,
    /// What was allowed.
    pub quota: Quota,
    /// When the next request may come.
    pub retry_after: Duration,
}

/// What is left.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What is allowed.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Says on an answer what is left of the caller's quota.
pub fn add_rate_limit(headers: &mut HeaderMap, limit: Limit, outcome: &RateLimitOutcome) {
    let reset = if outcome.reset_after.is_zero() {
        0
    } else {
        whole_seconds(outcome.reset_after)
    };
    let left = format!("\"{}\";r={};t={reset}", limit.name(), outcome.remaining);
    for (name, text) in [
        (RATE_LIMIT_POLICY, policy(limit, outcome.quota)),
        (RATE_LIMIT, left),
    ] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

/// Says on a refusal when to come back.
pub fn add_refusal(response: &mut HttpResponseBuilder, refusal: &Refusal) {
    let (name, wait) = (refusal.limit.name(), whole_seconds(refusal.retry_after));
    response.insert_header((RATE_LIMIT_POLICY, policy(refusal.limit, refusal.quota)));
    response.insert_header((RATE_LIMIT, format!("\"{name}\";r=0;t={wait}")));
}

/// The name of the bound on a user's requests that ask the database at the same time.
pub const CONCURRENT: &str = "concurrent";

/// Says on a refusal for requests at the same time when to come back.
pub fn add_concurrency_refusal(response: &mut HttpResponseBuilder, retry_after: Duration) {
    let policy = format!("\"{CONCURRENT}\";q={MOST_CONCURRENT};qu=\"concurrent-requests\"");
    let wait = whole_seconds(retry_after);
    response.insert_header((RATE_LIMIT_POLICY, policy));
    response.insert_header((RATE_LIMIT, format!("\"{CONCURRENT}\";r=0;t={wait}")));
}

fn policy(limit: Limit, quota: Quota) -> String {
    let (name, window) = (limit.name(), quota.window.as_secs());
    format!("\"{name}\";q={};w={window}", quota.requests)
}
