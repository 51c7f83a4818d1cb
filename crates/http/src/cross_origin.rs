//! Cross-origin requests (CORS): none, unless the operator names the origins that may make them.

use actix_cors::Cors;
use actix_web::http::header;

use crate::rate_limits::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::request_id::X_REQUEST_ID;
use crate::trace_context::{TRACEPARENT, TRACESTATE};

/// How long a browser may remember what a preflight told it, in seconds.
const REMEMBERED: usize = 3_600;

/// Lets pages of these origins make every request that the API takes, and read every field it answers.
pub fn allow(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            X_REQUEST_ID,
            TRACEPARENT,
            TRACESTATE,
        ])
        .expose_headers([
            header::ALLOW,
            header::CONTENT_DISPOSITION,
            header::ETAG,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            X_REQUEST_ID,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
        ])
        .max_age(REMEMBERED);
    origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}
