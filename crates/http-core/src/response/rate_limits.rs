//! The fields `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): the name of the policy,
//! its quota `q` in a window of `w` seconds, the remaining quota (`r`), and the seconds (`t`) until the quota is
//! full again or, after a refusal, until the next request is allowed. A limit without a window has a unit (`qu`).

mod wait;

use std::time::Duration;

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use privet_application::changes::MOST_STREAMS;
use privet_application::rate_limits::{Limit, MOST_CONCURRENT, Quota, RateLimitOutcome};

pub use wait::{seconds, whole_seconds};

/// A refused request.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// The limit that was exceeded.
    pub limit: Limit,
    /// The quota of the limit.
    pub quota: Quota,
    /// When the next request is allowed.
    pub retry_after: Duration,
}

/// The remaining quota.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The quota.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Adds the caller's remaining quota to an answer.
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

/// Adds the waiting time to a refusal.
pub fn add_refusal(response: &mut HttpResponseBuilder, refusal: &Refusal) {
    let (name, wait) = (refusal.limit.name(), whole_seconds(refusal.retry_after));
    response.insert_header((RATE_LIMIT_POLICY, policy(refusal.limit, refusal.quota)));
    response.insert_header((RATE_LIMIT, format!("\"{name}\";r=0;t={wait}")));
}

/// The name of the limit of concurrent requests.
pub const CONCURRENT: &str = "concurrent";

/// Adds the waiting time to a refusal of concurrent requests.
pub fn add_concurrency_refusal(response: &mut HttpResponseBuilder, retry_after: Duration) {
    let policy = format!("\"{CONCURRENT}\";q={MOST_CONCURRENT};qu=\"concurrent-requests\"");
    let wait = whole_seconds(retry_after);
    response.insert_header((RATE_LIMIT_POLICY, policy));
    response.insert_header((RATE_LIMIT, format!("\"{CONCURRENT}\";r=0;t={wait}")));
}

/// The name of the limit of streams.
pub const STREAMS: &str = "streams";

/// Adds the waiting time to a refusal of a stream.
pub fn add_stream_refusal(response: &mut HttpResponseBuilder, retry_after: Duration) {
    let policy = format!("\"{STREAMS}\";q={MOST_STREAMS};qu=\"concurrent-requests\"");
    let wait = whole_seconds(retry_after);
    response.insert_header((RATE_LIMIT_POLICY, policy));
    response.insert_header((RATE_LIMIT, format!("\"{STREAMS}\";r=0;t={wait}")));
}

fn policy(limit: Limit, quota: Quota) -> String {
    let (name, window) = (limit.name(), quota.window.as_secs());
    format!("\"{name}\";q={};w={window}", quota.requests)
}
