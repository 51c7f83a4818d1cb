//! Cross-origin requests (CORS): refused, unless the operator allows origins.

use actix_cors::{Cors, CorsError};
use actix_web::http::header::{self, HeaderMap, HeaderName};

use crate::errors::ApiError;
use crate::request::request_id::X_REQUEST_ID;
use crate::request::trace_context::{TRACEPARENT, TRACESTATE};
use crate::response::changes_cursor::PRIVET_CURSOR;
use crate::response::rate_limits::{RATE_LIMIT, RATE_LIMIT_POLICY};

/// The last event that a client of server-sent events has received.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// How long a browser may cache a preflight, in seconds.
const REMEMBERED: usize = 3_600;

/// The methods that pages may use.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// The header fields that pages may send, besides the simple ones.
const FIELDS: [HeaderName; 8] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    LAST_EVENT_ID,
    X_REQUEST_ID,
    TRACEPARENT,
    TRACESTATE,
];
/// The maximum length of a repeated value in the refusal, in characters.
const LONGEST_REPEATED: usize = 256;

/// Allows pages of these origins to send every request of the API and to read every header field.
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
            PRIVET_CURSOR,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
        ])
        .max_age(REMEMBERED);
    origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// The reason why a preflight was refused, for the developer or operator.
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

/// The value of a request field, shortened.
fn repeated(request: &HeaderMap, name: HeaderName) -> String {
    let values = request.get_all(name);
    let texts: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    shortened(&texts.join(", "))
}

/// The requested fields that are not allowed.
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
