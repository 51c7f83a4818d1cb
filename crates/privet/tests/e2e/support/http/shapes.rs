//! The three families of paths: how an error of each looks to the letter, and every update there is.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client};

/// Every path of the contract that takes a body, with one that changes something.
pub const UPDATES: [Update; 5] = [
    Update {
        method: Method::PATCH,
        path: "/api/users/me/privacy-settings/",
        body: r#"{"allow_email_contact": false}"#,
    },
    Update {
        method: Method::PATCH,
        path: "/api/users/me/preferences/",
        body: r#"{"theme": {"mode": "dark"}}"#,
    },
    Update {
        method: Method::POST,
        path: "/api/users/me/preferences/reset/",
        body: r#"{"keys": ["theme"]}"#,
    },
    Update {
        method: Method::PUT,
        path: "/api/v1/e-social/privacy/account",
        body: r#"{"isPrivate": true}"#,
    },
    Update {
        method: Method::PUT,
        path: "/api/v1/privacy/settings",
        body: r#"{"setting": "show_last_seen", "value": false}"#,
    },
];

/// A request with a body.
pub struct Update {
    /// Its method.
    pub method: Method,
    /// Its path in the canonical form.
    pub path: &'static str,
    /// A body that it takes.
    pub body: &'static str,
}

impl Update {
    /// Sends it with another body and these header fields.
    pub async fn send(
        &self,
        user: &Client,
        body: impl Into<Vec<u8>>,
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut request = user.request(self.method.clone(), self.path).body(body);
        for (name, value) in fields {
            request = request.header(name, value);
        }
        request.send().await
    }

    /// Sends another body as JSON.
    pub async fn send_json(&self, user: &Client, body: impl Into<Vec<u8>>) -> Answer {
        self.send(user, body, &[JSON]).await
    }
}

/// What makes a body JSON.
pub const JSON: (&str, &str) = ("Content-Type", "application/json");

/// The paths that share a shape of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `/api/users/me/…`
    UsersMe,
    /// `/api/v1/e-social/…`
    Envelope,
    /// Every other path.
    Problem,
}

impl Family {
    /// The family of a path.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/api/users/me/") {
            Self::UsersMe
        } else if path.starts_with("/api/v1/e-social/") {
            Self::Envelope
        } else {
            Self::Problem
        }
    }
}

/// Asserts that the answer is this error, whole and with nothing else in it.
pub fn assert_error(answer: &Answer, path: &str, status: u16, message: &str) {
    let said = error_message(answer, path, status);
    assert_eq!(said, message, "{path}: {answer}");
}

/// Asserts that the answer is an error in the shape of the path's family, about no member in particular,
/// and answers its message.
pub fn error_message(answer: &Answer, path: &str, status: u16) -> String {
    assert_eq!(answer.status, status, "{path}: {answer}");
    let body = answer.json();
    let (field, whole) = match Family::of(path) {
        Family::UsersMe => ("detail", json!({"detail": body["detail"]})),
        Family::Envelope => ("message", envelope(status, &body, &body["message"])),
        Family::Problem => ("detail", problem(status, &body["detail"])),
    };
    assert_eq!(body, whole, "{path}: {answer}");
    assert_error_type(answer, path);
    body[field]
        .as_str()
        .unwrap_or_else(|| panic!("{path}: {answer}"))
        .to_owned()
}

/// Asserts that the answer refuses the body as a whole, in the shape of the path's family, and answers
/// its message.
pub fn form_message(answer: &Answer, path: &str) -> String {
    if Family::of(path) != Family::UsersMe {
        return error_message(answer, path, 400);
    }
    assert_eq!(answer.status, 400, "{path}: {answer}");
    let body = answer.json();
    let message = &body["non_field_errors"][0];
    assert_eq!(
        body,
        json!({"non_field_errors": [message]}),
        "{path}: {answer}"
    );
    assert_error_type(answer, path);
    message
        .as_str()
        .unwrap_or_else(|| panic!("{path}: {answer}"))
        .to_owned()
}

/// Asserts the media type of the family's errors.
pub fn assert_error_type(answer: &Answer, path: &str) {
    let media_type = match Family::of(path) {
        Family::UsersMe | Family::Envelope => "application/json",
        Family::Problem => "application/problem+json",
    };
    assert_eq!(
        answer.header("content-type"),
        media_type,
        "{path}: {answer}"
    );
}

fn envelope(status: u16, body: &Value, data: &Value) -> Value {
    let time = body["action_time"].as_str().unwrap_or_default();
    assert!(time.ends_with('Z') && time.contains('T'), "{body}");
    let (name, _, _) = names(status);
    json!({
        "success": false,
        "httpStatus": name,
        "message": body["message"],
        "action_time": time,
        "data": data,
    })
}

fn problem(status: u16, detail: &Value) -> Value {
    let (_, title, code) = names(status);
    json!({"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code})
}

/// A status' name in the envelope, its title and its code in a problem.
fn names(status: u16) -> (&'static str, &'static str, &'static str) {
    match status {
        400 => ("BAD_REQUEST", "Bad Request", "INVALID_REQUEST"),
        401 => ("UNAUTHORIZED", "Unauthorized", "UNAUTHORIZED"),
        403 => ("FORBIDDEN", "Forbidden", "FORBIDDEN"),
        404 => ("NOT_FOUND", "Not Found", "NOT_FOUND"),
        405 => (
            "METHOD_NOT_ALLOWED",
            "Method Not Allowed",
            "METHOD_NOT_ALLOWED",
        ),
        409 => ("CONFLICT", "Conflict", "CONFLICT"),
        408 => ("REQUEST_TIMEOUT", "Request Timeout", "INVALID_REQUEST"),
        412 => (
            "PRECONDITION_FAILED",
            "Precondition Failed",
            "PRECONDITION_FAILED",
        ),
        413 => (
            "PAYLOAD_TOO_LARGE",
            "Payload Too Large",
            "PAYLOAD_TOO_LARGE",
        ),
        415 => (
            "UNSUPPORTED_MEDIA_TYPE",
            "Unsupported Media Type",
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        429 => ("TOO_MANY_REQUESTS", "Too Many Requests", "RATE_LIMITED"),
        500 => (
            "INTERNAL_SERVER_ERROR",
            "Internal Server Error",
            "INTERNAL_ERROR",
        ),
        503 => ("SERVICE_UNAVAILABLE", "Service Unavailable", "UNAVAILABLE"),
        other => panic!("{other} is no status that these tests expect"),
    }
}

/// Asserts that the answer says that the database is away, in the shape of the path, and when to come back.
pub fn assert_503(answer: &Answer, path: &str) {
    assert_error(
        answer,
        path,
        503,
        "The database cannot be reached. Try again later.",
    );
    let wait: u32 = answer.header("Retry-After").parse().unwrap();
    assert!(wait >= 1, "{answer}");
}
