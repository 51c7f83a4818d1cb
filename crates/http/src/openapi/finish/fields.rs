//! The header fields of answers, each described once.

use serde_json::{Map, Value, json};

/// The header fields of answers by name, as components of the document.
pub fn all() -> Map<String, Value> {
    let text = || json!({"type": "string"});
    let fields = [
        (
            "X-Request-Id",
            "Names the request, also in the log and in audit entries: what the request's own `X-Request-Id` says, if that \
             is 1 to 128 visible ASCII characters, else a new UUID.",
            json!({"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}),
            json!("0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"),
        ),
        (
            "ETag",
            "The strong entity tag of the version that stands.",
            text(),
            json!("\"0190f3c4\""),
        ),
        (
            "Cache-Control",
            "Whether the answer may be kept.",
            text(),
            json!("private, no-cache"),
        ),
        (
            "Vary",
            "What of the request the answer depends on.",
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
            "When to try again, in seconds.",
            json!({"type": "integer", "format": "int32", "minimum": 1}),
            json!(1),
        ),
        (
            "RateLimit",
            "What is left of the quota, and after how many seconds there is more.",
            text(),
            json!("\"general\";r=0;t=12"),
        ),
        (
            "RateLimit-Policy",
            "How many requests are allowed in how many seconds.",
            text(),
            json!("\"general\";q=120;w=60"),
        ),
        (
            "Accept",
            "What a body may be sent as, where it is of another type.",
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
            "Has browsers save the document.",
            text(),
            json!("attachment; filename=\"privet-export.json\""),
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

/// Adds to every answer of an operation of that method the fields that it has.
pub fn add(method: &str, operation: &mut Map<String, Value>) {
    let is_versioned = takes(operation, &["If-Match", "If-None-Match"]);
    let is_document = operation.get("operationId") == Some(&json!("get_openapi"));
    let is_attachment = operation.get("operationId") == Some(&json!("export_account"));
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

fn takes(operation: &Map<String, Value>, names: &[&str]) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let mut taken = parameters.into_iter().flatten();
    taken.any(|parameter| {
        let name = parameter.get("name").and_then(Value::as_str);
        name.is_some_and(|name| names.contains(&name))
    })
}
