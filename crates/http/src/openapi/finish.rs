//! Changes to the whole document after it was generated from the handlers: members that every operation has, and
//! schemas that client generators support.

mod envelopes;
mod fields;
mod operations;
mod parameters;
mod unions;

use serde_json::{Map, Value};

use super::failure_schemas;
use crate::schemas::names::VERBATIM;

/// Finishes the document.
pub fn finish(document: &mut Value) {
    for schema in schemas(document).values_mut() {
        if let Some(verbatim) = schema.get_mut(VERBATIM) {
            *schema = verbatim.take();
        }
    }
    let failures = failure_schemas::all();
    schemas(document).extend(failures);
    close_sets(schemas(document));
    for name in OPEN {
        if let Some(Value::Object(schema)) = schemas(document).get_mut(name) {
            schema.insert("additionalProperties".to_owned(), true.into());
        }
    }
    envelopes::name(document);
    unions::name_forms(document);
    plain(document);
    let headers = components(document, "headers");
    headers.extend(fields::all());
    for (method, operation) in operations::of(document) {
        operations::say_who_may_call(operation);
        operations::show_the_usual_first(operation);
        parameters::finish(operation);
        fields::add(method, operation);
    }
}

/// The format of exports.
const FORMAT: &str = r#"{"const": "privet-export/1"}"#;

/// Members of schemas with a closed set of values.
const CLOSED_SETS: [(&str, &str, &str); 7] = [
    ("EntryError", "status", r#"{"const": 400}"#),
    ("FaultyEntryResponse", "decision", r#"{"const": false}"#),
    (
        "UpdateMessagingPrivacyResponse",
        "status",
        r#"{"const": "updated"}"#,
    ),
    (
        "ErasureResponse",
        "status",
        r#"{"enum": ["deleted", "deleting"], "description": "`deleting` while rows of the user remain."}"#,
    ),
    ("CatalogueChangeResponse", "all", r#"{"const": true}"#),
    ("ExportResponse", "format", FORMAT),
    ("OwnImportRequest", "format", FORMAT),
];

/// Bodies that allow additional members, which clients of a standard send.
const OPEN: [&str; 1] = ["SubjectProperties"];

/// Adds rules of members that their Rust types cannot express.
fn close_sets(schemas: &mut Map<String, Value>) {
    for (schema, member, set) in CLOSED_SETS {
        let schema = schemas.get_mut(schema);
        let member = schema.and_then(|schema| schema.get_mut("properties")?.get_mut(member));
        let Some(Value::Object(member)) = member else {
            continue;
        };
        if let Ok(set) = serde_json::from_str::<Map<_, _>>(set) {
            member.extend(set);
        }
    }
}

fn schemas(document: &mut Value) -> &mut Map<String, Value> {
    components(document, "schemas")
}

/// The components of one kind, by name.
fn components<'a>(document: &'a mut Value, kind: &str) -> &'a mut Map<String, Value> {
    object(object(object_of(document), "components"), kind)
}

/// Returns a member that is an object, and creates it if it is missing.
fn object<'a>(members: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let member = members.entry(name).or_insert(Value::Null);
    object_of(member)
}

fn object_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(members) => members,
        _ => unreachable!("it was made an object"),
    }
}

/// Removes empty keywords, and rewrites others in the usual form.
fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(members) => {
            if members.get("propertyNames") == Some(&serde_json::json!({"type": "string"})) {
                members.shift_remove("propertyNames");
            }
            if members.get("additionalProperties") == Some(&serde_json::json!({})) {
                members.insert("additionalProperties".to_owned(), true.into());
            }
            members.values_mut().for_each(plain);
        }
        _ => {}
    }
}
