//! Schemas of the three shapes of errors.

use privet_http_core::errors::Family;
use privet_http_core::response::envelope::status_name;
use serde_json::{Map, Value, json};

/// The name of a family's schema among the components.
pub const fn name(family: Family) -> &'static str {
    match family {
        Family::UsersMe => "UsersMeError",
        Family::Envelope => "EnvelopeError",
        Family::Problem => "Problem",
    }
}

/// Every schema of an error, by name.
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
            json!({"type": "string", "description": "What failed, for programs.", "enum": CODES}),
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
        "description": "What is wrong as a whole, or field by field.",
        "oneOf": [reference("ErrorDetail"), reference("ErrorsByField")],
    })
}

fn detail() -> Value {
    json!({
        "type": "object", "required": ["detail"],
        "properties": {"detail": {"type": "string", "description": "What is wrong, for people."}},
    })
}

fn errors_by_field() -> Value {
    json!({
        "type": "object",
        "description": "Messages by field; `non_field_errors` holds those about the body as a whole.",
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
            "message": {"type": "string", "description": "What is wrong, for people."},
            "action_time": {"type": "string", "format": "date-time", "description": "When the answer was made."},
            "data": reference("EnvelopeErrorData"),
        },
    })
}

fn envelope_data() -> Value {
    json!({
        "description": "The message again, or messages by field.",
        "oneOf": [reference("ErrorMessage"), reference("MessagesByField")],
    })
}

fn message() -> Value {
    json!({"type": "string", "description": "What is wrong, for people."})
}

fn messages_by_field() -> Value {
    json!({
        "type": "object",
        "description": "What is wrong with each field.",
        "additionalProperties": {"type": "string"},
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457 problem details.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Always `about:blank`: `code` tells problems apart.", "const": "about:blank"},
            "title": {"type": "string", "description": "The name of the status."},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What is wrong, for people."},
            "code": reference("ProblemCode"),
            "errors": {"type": "array", "description": "What is wrong field by field.", "items": reference("FieldProblem")},
        },
    })
}

fn field_problem() -> Value {
    json!({
        "type": "object",
        "description": "What is wrong with one field or parameter.",
        "required": ["field", "message"],
        "properties": {
            "field": {"type": "string", "description": "The member or parameter, such as `checks[0].action`."},
            "message": {"type": "string", "description": "What is wrong with it, for people."},
        },
    })
}

/// The statuses that an error of the account family may have.
const STATUSES: [u16; 14] = [
    400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 500, 503,
];

const CODES: [&str; 14] = [
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
    "PRECONDITION_FAILED",
    "RATE_LIMITED",
    "UNAVAILABLE",
    "INTERNAL_ERROR",
];
