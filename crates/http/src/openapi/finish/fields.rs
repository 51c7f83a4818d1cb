//! The header fields of answers as shared components.

use privet_http_core::auth::scopes::Scope;
use serde_json::{Map, Value, json};

/// The header fields of answers by name, as components of the document.
pub fn all() -> Map<String, Value> {
    let text = || json!({"type": "string"});
    let fields = [
        (
            "X-Request-Id",
            "The id of the request, also in the log and in audit entries: `X-Request-Id` of the request if it has 1 to 128 \
             visible ASCII characters, otherwise a new UUID.",
            json!({"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}),
            json!("0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"),
        ),
        (
            "ETag",
            "The strong entity tag of the current version.",
            text(),
            json!("\"0190f3c4\""),
        ),
        (
            "Cache-Control",
            "Whether the answer may be stored.",
            text(),
            json!("private, no-cache"),
        ),
        (
            "Vary",
            "The request fields that the answer depends on.",
            text(),
            json!("Authorization"),
        ),
        (
            "WWW-Authenticate",
            "Always `Bearer`.",
            json!({"type": "string", "const": "Bearer"}),
            json!("Bearer"),
        ),
        (
            "Retry-After",
            "The number of seconds to wait before the next attempt.",
            json!({"type": "integer", "format": "int32", "minimum": 1}),
            json!(1),
        ),
        (
            "RateLimit",
            "`r`: the remaining quota; `t`: the seconds until more is available.",
            text(),
            json!("\"general\";r=0;t=12"),
        ),
        (
            "RateLimit-Policy",
            "`q`: the number of requests; `w`: the window in seconds.",
            text(),
            json!("\"general\";q=120;w=60"),
        ),
        (
            "Accept",
            "The accepted types of a body.",
            text(),
            json!("application/json"),
        ),
        (
            "Accept-Patch",
            "The same as `Accept`.",
            text(),
            json!("application/json"),
        ),
        (
            "Accept-Post",
            "The same as `Accept`.",
            text(),
            json!("application/json"),
        ),
        (
            "Content-Disposition",
            "Tells browsers to save the document.",
            text(),
            json!("attachment; filename=\"privet-export.json\""),
        ),
        (
            "Privet-Catalogue",
            "The fingerprint of the catalogue in force.",
            json!({"type": "string", "pattern": "^[0-9a-f]{8}$"}),
            json!("2f6c01d9"),
        ),
        (
            "Privet-Cursor",
            "A cursor of the feed of changes: the answer reflects every change up to it.",
            text(),
            json!("10190f3c47a5e7cc39b1e3f2a4d5c6b7a0000000000000009ffffffffffffffff51"),
        ),
    ];
    let fields = fields
        .into_iter()
        .map(|(name, description, schema, example)| {
            let field = json!({"description": description, "schema": schema, "example": example});
            (name.to_owned(), field)
        });
    fields.collect()
}

/// Adds the header fields to every answer of an operation.
pub fn add(method: &str, operation: &mut Map<String, Value>) {
    let is_versioned = takes(operation, &["If-Match", "If-None-Match"]);
    let is_document = operation.get("operationId") == Some(&json!("get_openapi"));
    let is_readiness = operation.get("operationId") == Some(&json!("check_readiness"));
    let is_attachment = operation.get("operationId") == Some(&json!("export_account"));
    let is_decided = is_decided(operation);
    let answers = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    for (status, answer) in answers.into_iter().flatten() {
        let Value::Object(answer) = answer else {
            continue;
        };
        let fields: &[&str] = match status.as_str() {
            "200" | "304" if is_versioned || is_document => &["ETag", "Cache-Control", "Vary"],
            "200" if is_attachment => &["Content-Disposition"],
            "200" if is_decided => &["Privet-Cursor"],
            "200" if is_readiness => &["Privet-Catalogue"],
            "401" => &["WWW-Authenticate"],
            "415" if method == "patch" => &["Accept", "Accept-Patch"],
            "415" if method == "post" => &["Accept", "Accept-Post"],
            "415" => &["Accept"],
            "429" => &["Retry-After", "RateLimit", "RateLimit-Policy"],
            "503" => &["Retry-After"],
            _ => &[],
        };
        let headers = super::object(answer, "headers");
        for name in [&["X-Request-Id"], fields].concat() {
            let reference = json!({"$ref": format!("#/components/headers/{name}")});
            headers.insert(name.to_owned(), reference);
        }
    }
}

/// Whether the operation needs the scope of decisions.
fn is_decided(operation: &Map<String, Value>) -> bool {
    let scope = json!([{"bearer": [Scope::Decide.as_str()]}]);
    operation.get("security") == Some(&scope)
}

fn takes(operation: &Map<String, Value>, names: &[&str]) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let mut taken = parameters.into_iter().flatten();
    taken.any(|parameter| {
        let name = parameter.get("name").and_then(Value::as_str);
        name.is_some_and(|name| names.contains(&name))
    })
}
