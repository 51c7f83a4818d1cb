//! Cross-origin requests (CORS): none, unless the operator names the origins that may make them.

use actix_cors::{Cors, CorsError};
use actix_web::http::header::{self, HeaderMap, HeaderName};

use crate::errors::ApiError;
use crate::request::request_id::X_REQUEST_ID;
use crate::request::trace_context::{TRACEPARENT, TRACESTATE};
use crate::response::rate_limits::{RATE_LIMIT, RATE_LIMIT_POLICY};

/// How long a browser may remember what a preflight told it, in seconds.
const REMEMBERED: usize = 3_600;

/// The methods that pages may use.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// The fields that pages may send, besides those that need no permission.
const FIELDS: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    X_REQUEST_ID,
    TRACEPARENT,
    TRACESTATE,
];
/// How much of what a page asked for is repeated to it, in characters.
const LONGEST_REPEATED: usize = 256;

/// Lets pages of these origins make every request that the API takes, and read every field it answers.
pub fn allow(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(METHODS)
        .allowed_headers(FIELDS)
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

/// Why a preflight with these fields was refused, in words for whoever writes the page or configures the origins.
pub fn refusal(error: &CorsError, request: &HeaderMap) -> ApiError {
    let asked = |name| repeated(request, name);
    ApiError::RefusedPreflight(match error {
        CorsError::OriginNotAllowed => format!(
            "Pages of the origin {} may not make requests. PRIVET_CORS_ORIGINS lists those that may.",
            asked(header::ORIGIN)
        ),
        CorsError::MethodNotAllowed | CorsError::BadRequestMethod => format!(
            "Pages may not use the method {}. They may use {}.",
            asked(header::ACCESS_CONTROL_REQUEST_METHOD),
            METHODS.join(", ")
        ),
        CorsError::HeadersNotAllowed | CorsError::BadRequestHeaders => format!(
            "Pages may not send the header {}. They may send {}.",
            refused_fields(request),
            FIELDS.map(|field| field.to_string()).join(", ")
        ),
        CorsError::MissingOrigin => "The preflight has no Origin.".to_owned(),
        other => format!("{other}."),
    })
}

/// What a field of the request says, cut to a bounded length.
fn repeated(request: &HeaderMap, name: HeaderName) -> String {
    let values = request.get_all(name);
    let texts: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    shortened(&texts.join(", "))
}

/// The names of the fields that were asked for and may not be sent.
fn refused_fields(request: &HeaderMap) -> String {
    let values = request.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let text: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let text = text.join(",");
    let is_allowed = |name: &&str| {
        FIELDS
            .iter()
            .any(|field| field.as_str().eq_ignore_ascii_case(name))
    };
    let names = text.split(',').map(str::trim);
    let refused: Vec<_> = names
        .filter(|name| !name.is_empty() && !is_allowed(name))
        .collect();
    shortened(&refused.join(", "))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_REPEATED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
