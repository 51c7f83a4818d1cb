//! The envelope around every answer of the account family.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use privet_domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An answer of the account family.
#[derive(Serialize, ToSchema)]
pub struct Envelope<T> {
    /// Whether the request succeeded.
    #[schema(example = true)]
    success: bool,
    /// The name of the status in upper case with underscores.
    #[serde(rename = "httpStatus")]
    #[schema(example = "OK")]
    http_status: &'static str,
    /// A message to display.
    message: &'static str,
    /// The time of the answer: RFC 3339 in UTC.
    #[schema(format = "date-time", example = "2026-01-31T10:30:45.000000Z")]
    action_time: String,
    /// The content.
    data: T,
}

/// The empty content: `null`.
#[derive(Serialize)]
pub struct Nothing;

impl PartialSchema for Nothing {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Null).into()
    }
}

impl ToSchema for Nothing {
    fn name() -> Cow<'static, str> {
        "Nothing".into()
    }
}

impl<T> Envelope<T> {
    /// A success with status 200.
    pub fn ok(message: &'static str, data: T, now: Timestamp) -> Self {
        Self {
            success: true,
            http_status: "OK",
            message,
            action_time: now.to_string(),
            data,
        }
    }
}

/// A failure in the envelope.
#[must_use]
pub fn failure(status: StatusCode, message: &str, data: &Value, now: Timestamp) -> Value {
    json!({
        "success": false,
        "httpStatus": status_name(status),
        "message": message,
        "action_time": now.to_string(),
        "data": data,
    })
}

/// `UNPROCESSABLE_ENTITY` for 422.
#[must_use]
pub fn status_name(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or("Error");
    reason.to_ascii_uppercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_named_in_upper_snake_case() {
        for (status, name) in [
            (401, "UNAUTHORIZED"),
            (413, "PAYLOAD_TOO_LARGE"),
            (422, "UNPROCESSABLE_ENTITY"),
            (429, "TOO_MANY_REQUESTS"),
            (503, "SERVICE_UNAVAILABLE"),
        ] {
            assert_eq!(status_name(StatusCode::from_u16(status).unwrap()), name);
        }
    }
}
