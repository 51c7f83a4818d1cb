//! Fields that tell browsers what not to do with an answer, on every answer that is made here. What they
//! add up to is in docs/security.md.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::DefaultHeaders;

/// Each with the value that it has where nothing closer to the answer said otherwise. An answer is data: no
/// page may be made of it, none may frame it, its type is not to be guessed, and whoever passes it on keeps
/// nothing of it.
const DEFAULTS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds those that an answer does not have.
pub fn on_every_answer() -> DefaultHeaders {
    DEFAULTS
        .into_iter()
        .fold(DefaultHeaders::new(), DefaultHeaders::add)
}
