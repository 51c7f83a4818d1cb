//! Security header fields of all answers. docs/security.md describes them.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::DefaultHeaders;

/// Each field with its default value. An answer is data: it must not be shown as a page or in a frame, its type
/// must not be guessed, and intermediaries must not store it.
const DEFAULTS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds the fields that an answer does not have.
pub fn on_every_answer() -> DefaultHeaders {
    DEFAULTS
        .into_iter()
        .fold(DefaultHeaders::new(), DefaultHeaders::add)
}
