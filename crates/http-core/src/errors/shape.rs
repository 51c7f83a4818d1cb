//! Renders errors: each family of paths has the format that its clients parse.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, HttpResponseBuilder};
use privet_application::StoreError;
use privet_domain::{FieldError, Timestamp};
use serde_json::{Map, Value, json};

use super::{ApiError, Failure, MORE, RETRY_AT_ONCE, RETRY_STREAM};
use crate::response::envelope;
use crate::response::rate_limits::{self, whole_seconds};

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// A family of paths with one error format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `/api/users/me/…`: `detail`, or messages by field.
    UsersMe,
    /// `/api/v1/e-social/…`: the envelope.
    Envelope,
    /// All other paths: RFC 9457 problem details.
    Problem,
}

impl Family {
    /// The family of a path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let below = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if below("/api/users/me") {
            Self::UsersMe
        } else if below("/api/v1/e-social") {
            Self::Envelope
        } else {
            Self::Problem
        }
    }

    /// The status of the error in this family: clients of the envelope expect 422 for invalid members.
    #[must_use]
    pub fn status(self, error: &ApiError, failure: &Failure) -> StatusCode {
        match (self, error) {
            (Self::Envelope, ApiError::InvalidMembers(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => failure.status,
        }
    }

    /// The media type of an error's body.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::UsersMe | Self::Envelope => "application/json",
            Self::Problem => "application/problem+json",
        }
    }
}

/// The answer to a request on `path` that failed at `now`.
#[must_use]
pub fn render(method: &Method, path: &str, error: &ApiError, now: Timestamp) -> HttpResponse {
    let family = Family::of(path);
    let mut response = HttpResponse::build(family.status(error, &error.failure()));
    add_fields(&mut response, method, error);
    response
        .content_type(family.media_type())
        .body(render_body(family, error, now).to_string())
}

/// The body of that answer.
#[must_use]
pub fn render_body(family: Family, error: &ApiError, now: Timestamp) -> Value {
    let failure = error.failure();
    match family {
        Family::UsersMe => users_me(error, &failure),
        Family::Envelope => enveloped(family.status(error, &failure), error, failure, now),
        Family::Problem => problem(&failure),
    }
}

fn add_fields(response: &mut HttpResponseBuilder, method: &Method, error: &ApiError) {
    match error {
        ApiError::Unauthenticated(_) => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        ApiError::RateLimited(refusal) => {
            response.insert_header((header::RETRY_AFTER, whole_seconds(refusal.retry_after)));
            rate_limits::add_refusal(response, refusal);
        }
        ApiError::TooManyAtOnce => {
            response.insert_header((header::RETRY_AFTER, whole_seconds(RETRY_AT_ONCE)));
            rate_limits::add_concurrency_refusal(response, RETRY_AT_ONCE);
        }
        ApiError::TooManyStreams => {
            response.insert_header((header::RETRY_AFTER, whole_seconds(RETRY_STREAM)));
            rate_limits::add_stream_refusal(response, RETRY_STREAM);
        }
        ApiError::MethodNotAllowed(allowed) => {
            response.insert_header((header::ALLOW, allowed.as_str()));
        }
        ApiError::UnsupportedMediaType => add_media_type(response, method),
        ApiError::NotLines => {
            let lines = HeaderValue::from_static("application/x-ndjson");
            response.insert_header((ACCEPT_POST, lines.clone()));
            response.insert_header((header::ACCEPT, lines));
        }
        // RFC 9110, 15.5.16: so that a client can distinguish this 415 from the other.
        ApiError::Compressed => {
            response.insert_header((header::ACCEPT_ENCODING, "identity"));
        }
        // It is unknown how long an outage lasts; a second prevents callers from retrying at once.
        ApiError::Unavailable(_) | ApiError::Store(StoreError::Unavailable(_)) => {
            response.insert_header((header::RETRY_AFTER, 1));
        }
        ApiError::NotFound
        | ApiError::Absent(_)
        | ApiError::Forbidden(_)
        | ApiError::MissingScope(_)
        | ApiError::Conflict(_)
        | ApiError::LimitReached(_)
        | ApiError::CursorExpired
        | ApiError::Malformed(_)
        | ApiError::RefusedPreflight(_)
        | ApiError::NotAnObject
        | ApiError::InvalidMembers(_)
        | ApiError::Locked(_)
        | ApiError::InvalidParameters(_)
        | ApiError::PayloadTooLarge(_)
        | ApiError::TooSlow(_)
        | ApiError::PreconditionFailed
        | ApiError::Store(StoreError::Internal(_))
        | ApiError::Failed(_)
        | ApiError::Internal
        | ApiError::Framework(_) => {}
    }
}

/// The accepted types of a body: `Accept` in an answer (RFC 9110, 12.5.1), `Accept-Patch` (RFC 5789, 3.1) and
/// `Accept-Post` (Linked Data Platform, 7.1).
fn add_media_type(response: &mut HttpResponseBuilder, method: &Method) {
    let json = HeaderValue::from_static("application/json");
    if *method == Method::PATCH {
        response.insert_header((ACCEPT_PATCH, json.clone()));
    } else if *method == Method::POST {
        response.insert_header((ACCEPT_POST, json.clone()));
    }
    response.insert_header((header::ACCEPT, json));
}

fn users_me(error: &ApiError, failure: &Failure) -> Value {
    if !failure.fields.is_empty() {
        let mut by_field = Map::new();
        for FieldError { field, message } in &failure.fields {
            let messages = by_field.entry(field.as_str()).or_insert_with(|| json!([]));
            if let Value::Array(messages) = messages {
                messages.push(message.as_str().into());
            }
        }
        if failure.has_more {
            by_field.insert("non_field_errors".to_owned(), json!([MORE]));
        }
        Value::Object(by_field)
    } else if matches!(error, ApiError::NotAnObject) {
        json!({ "non_field_errors": [failure.detail] })
    } else {
        json!({ "detail": failure.detail })
    }
}

fn enveloped(status: StatusCode, error: &ApiError, failure: Failure, now: Timestamp) -> Value {
    let message = match error {
        ApiError::InvalidMembers(_) if failure.has_more => format!("Validation failed. {MORE}"),
        ApiError::InvalidMembers(_) => "Validation failed".to_owned(),
        ApiError::Locked(_) => "Setting is locked".to_owned(),
        _ => failure.detail,
    };
    let data = if failure.fields.is_empty() {
        Value::String(message.clone())
    } else {
        let messages = failure
            .fields
            .into_iter()
            .map(|error| (error.field, error.message.into()));
        Value::Object(messages.collect())
    };
    envelope::failure(status, &message, &data, now)
}

fn problem(failure: &Failure) -> Value {
    let mut problem = Map::new();
    let title = failure.status.canonical_reason().unwrap_or("Error");
    problem.insert("type".to_owned(), "about:blank".into());
    problem.insert("title".to_owned(), title.into());
    problem.insert("status".to_owned(), failure.status.as_u16().into());
    problem.insert("detail".to_owned(), failure.detail.as_str().into());
    problem.insert("code".to_owned(), failure.code.into());
    if !failure.fields.is_empty() {
        let error = |error: &FieldError| json!({"field": error.field, "message": error.message});
        let errors: Vec<_> = failure.fields.iter().map(error).collect();
        problem.insert("errors".to_owned(), errors.into());
    }
    problem.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides_the_family() {
        for (path, family) in [
            ("/api/users/me/privacy-settings/", Family::UsersMe),
            ("/api/users/me/nothing", Family::UsersMe),
            ("/api/users/me", Family::UsersMe),
            ("/api/users/meier", Family::Problem),
            ("/api/v1/e-social/privacy/account", Family::Envelope),
            ("/api/v1/privacy/settings", Family::Problem),
            ("/", Family::Problem),
        ] {
            assert_eq!(Family::of(path), family, "{path}");
        }
    }
}
