//! Schemas of the three error formats.

use privet_http_core::errors::Family;
use privet_http_core::response::envelope::status_name;
use serde_json::{Map, Value, json};

/// The name of the error schema of a family.
pub const fn name(family: Family) -> &'static str {
    match family {
        Family::UsersMe => "UsersMeError",
        Family::Envelope => "EnvelopeError",
        Family::Problem => "Problem",
    }
}

/// All schemas of errors, by name.
pub fn all() -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in [
        (name(Family::UsersMe), users_me()),
        ("ErrorDetail", detail()),
        ("ErrorsByField", errors_by_field()),
        (name(Family::Envelope), envelope()),
        ("EnvelopeErrorData", envelope_data()),
        ("ErrorMessage", message()),
        ("MessagesByField", messages_by_field()),
        (name(Family::Problem), problem()),
        ("FieldProblem", field_problem()),
        (
            "ProblemCode",
            json!({"type": "string", "description": "The error code, for programs.", "enum": CODES}),
        ),
    ] {
        all.insert(name.to_owned(), schema);
    }
    all
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn users_me() -> Value {
    json!({
        "description": "An error of the whole request, or errors by field.",
        "oneOf": [reference("ErrorDetail"), reference("ErrorsByField")],
    })
}

fn detail() -> Value {
    json!({
        "type": "object", "required": ["detail"],
        "properties": {"detail": {"type": "string", "description": "The error message."}},
    })
}

fn errors_by_field() -> Value {
    json!({
        "type": "object",
        "description": "Error messages by field; `non_field_errors` has those about the whole body.",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    })
}

fn envelope() -> Value {
    let statuses = STATUSES.into_iter().filter_map(|status| {
        let status = actix_web::http::StatusCode::from_u16(status).ok()?;
        Some(status_name(status))
    });
    let statuses: Vec<_> = statuses.collect();
    json!({
        "type": "object",
        "required": ["success", "httpStatus", "message", "action_time", "data"],
        "properties": {
            "success": {"type": "boolean", "const": false},
            "httpStatus": {"type": "string", "description": "The name of the status.", "enum": statuses},
            "message": {"type": "string", "description": "The error message."},
            "action_time": {"type": "string", "format": "date-time", "description": "The time of the answer."},
            "data": reference("EnvelopeErrorData"),
        },
    })
}

fn envelope_data() -> Value {
    json!({
        "description": "The message again, or error messages by field.",
        "oneOf": [reference("ErrorMessage"), reference("MessagesByField")],
    })
}

fn message() -> Value {
    json!({"type": "string", "description": "The error message."})
}

fn messages_by_field() -> Value {
    json!({
        "type": "object",
        "description": "The error message of each field.",
        "additionalProperties": {"type": "string"},
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457 problem details.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Always `about:blank`; use `code` to distinguish problems.", "const": "about:blank"},
            "title": {"type": "string", "description": "The name of the status."},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "The error message."},
            "code": reference("ProblemCode"),
            "errors": {"type": "array", "description": "The errors by field.", "items": reference("FieldProblem")},
        },
    })
}

fn field_problem() -> Value {
    json!({
        "type": "object",
        "description": "An error of one field or parameter.",
        "required": ["field", "message"],
        "properties": {
            "field": {"type": "string", "description": "The member or parameter, such as `checks[0].action`."},
            "message": {"type": "string", "description": "The error message."},
        },
    })
}

/// The possible statuses of errors of the account family.
const STATUSES: [u16; 14] = [
    400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 500, 503,
];

const CODES: [&str; 15] = [
    "UNAUTHORIZED",
    "FORBIDDEN",
    "SETTING_LOCKED",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "INVALID_REQUEST",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "CONFLICT",
    "LIMIT_REACHED",
    "CURSOR_EXPIRED",
    "PRECONDITION_FAILED",
    "RATE_LIMITED",
    "UNAVAILABLE",
    "INTERNAL_ERROR",
];
