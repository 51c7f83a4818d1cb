//! Client generators can use the document: no construct that broke one of them. scripts/test-generators runs them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{checked_in, start};
use crate::support::document::{Document, Operation};

pub fn document() -> Document {
    Document(checked_in())
}

fn schemas(document: &Document) -> &Map<String, Value> {
    document.0["components"]["schemas"].as_object().unwrap()
}

/// All objects in a value, with their paths.
fn objects<'a>(place: &str, value: &'a Value, found: &mut Vec<(String, &'a Map<String, Value>)>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(&format!("{place}/{index}"), item, found);
            }
        }
        Value::Object(members) => {
            found.push((place.to_owned(), members));
            for (name, member) in members {
                objects(&format!("{place}/{name}"), member, found);
            }
        }
        _ => {}
    }
}

fn every_object(document: &Document) -> Vec<(String, &Map<String, Value>)> {
    let mut found = Vec::new();
    objects("", &document.0, &mut found);
    found
}

/// All members of the document's schemas, as `Schema.member`.
fn members(document: &Document) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (place, schema) in every_object(document) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, member) in properties.into_iter().flatten() {
            let place = place.replace("/components/schemas/", "");
            found.push((format!("{place}.{name}"), member));
        }
    }
    found
}

/// A schema, or the one that it refers to.
pub fn followed<'a>(document: &'a Document, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.0.pointer(&reference[1..]).unwrap(),
        None => schema,
    }
}

#[test]
fn no_schema_is_null_alone_and_every_form_of_a_union_has_a_name() {
    let document = document();
    for (place, object) in every_object(&document) {
        assert_ne!(object.get("type"), Some(&json!("null")), "{place}");
        for union in ["oneOf", "anyOf"] {
            for form in object
                .get(union)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let keywords: Vec<_> = form.as_object().unwrap().keys().collect();
                assert_eq!(keywords, ["$ref"], "{place}: {form}");
            }
        }
    }
}

#[test]
fn an_operators_own_preferences_leave_no_form_without_a_name() {
    let keys = json!({"type": "object", "properties": {"sound": {"type": "object", "properties": {
        "volume": {"anyOf": [{"type": "integer", "maximum": 11}, {"type": "null"}, {"const": "off"}],
            "default": "off", "description": "How loud it is."},
    }}}});
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), keys.to_string()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let variables = [("PRIVET_PREFERENCES_SCHEMA", path.as_str())];
    let (_database, _server, document) = runtime.block_on(start(&variables));
    for (place, object) in every_object(&document) {
        assert_ne!(object.get("type"), Some(&json!("null")), "{place}");
        let forms = object.get("anyOf").and_then(Value::as_array);
        for form in forms.into_iter().flatten() {
            assert!(form["$ref"].is_string(), "{place}: {form}");
        }
    }
}

#[test]
fn an_object_says_what_it_holds_or_that_it_may_hold_anything() {
    let document = document();
    for (place, object) in every_object(&document) {
        let is_example = place.contains("/example");
        if object.get("type") == Some(&json!("object")) && !is_example {
            let says = ["properties", "additionalProperties"];
            assert!(
                says.iter().any(|keyword| object.contains_key(*keyword)),
                "{place}"
            );
        }
    }
}

#[test]
fn closed_sets_are_enums_or_constants() {
    let document = document();
    let sets = [
        (
            "VisibleProfileResponse",
            "visibility",
            json!(["full", "limited"]),
        ),
        (
            "HealthResponse",
            "status",
            json!(["live", "ready", "degraded"]),
        ),
        ("FollowResponse", "status", json!(["PENDING", "ACCEPTED"])),
        (
            "FollowCheckResponse",
            "status",
            json!(["NONE", "PENDING", "ACCEPTED"]),
        ),
        ("ExportedFollow", "status", json!(["PENDING", "ACCEPTED"])),
        (
            "ReceiptBody",
            "status",
            json!(["sent", "delivered", "read"]),
        ),
        ("ErasureResponse", "status", json!(["deleted", "deleting"])),
        ("OwnImportRequest", "format", json!("privet-export/1")),
        ("DecisionResponse", "reason", Value::Null),
        ("EvaluationContext", "reason", Value::Null),
        ("Problem", "code", Value::Null),
        ("EnvelopeError", "httpStatus", Value::Null),
        ("UpdateMessagingPrivacyResponse", "status", json!("updated")),
        ("EntryError", "status", json!(400)),
        ("FaultyEntryResponse", "decision", json!(false)),
        ("FollowEnvelope", "success", json!(true)),
        ("EnvelopeError", "success", json!(false)),
    ];
    for (schema, member, expected) in sets {
        let member = &schemas(&document)[schema]["properties"][member];
        let member = followed(&document, member);
        let set = member.get("enum").or_else(|| member.get("const"));
        let set = set.unwrap_or_else(|| panic!("{schema} is open: {member}"));
        assert!(expected.is_null() || *set == expected, "{schema}: {set}");
    }
    let checks = &schemas(&document)["HealthResponse"]["properties"]["checks"];
    let state = followed(&document, &checks["additionalProperties"]);
    let states = ["up", "away", "read-only", "disk-full", "write-failed"];
    assert_eq!(state["enum"], json!(states));
}

#[test]
fn ids_are_uuids() {
    // Ids of messages belong to the product, those of requests to the client, and AuthZEN allows any text.
    const OTHERS: [&str; 6] = [
        "ReceiptBody.message_id",
        "AuditEntryResponse.request_id",
        "LookResponse.request_id",
        "EntityBody.id",
        "SubjectBody.id",
        "AuthzenConfiguration.id",
    ];
    const LISTS: [&str; 6] = [
        "allowed",
        "refused",
        "recipients",
        "invitees",
        "senders",
        "subjects",
    ];
    let document = document();
    let mut found = 0;
    for (place, member) in members(&document) {
        let name = place.rsplit('.').next().unwrap();
        let is_id = name == "id" || name.ends_with("_id") || name.ends_with("Id");
        if is_id && !OTHERS.contains(&place.as_str()) {
            assert_eq!(member["format"], "uuid", "{place}: {member}");
            found += 1;
        }
        if LISTS.contains(&name) && member["type"] == "array" {
            assert_eq!(member["items"]["format"], "uuid", "{place}: {member}");
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
    for operation in document.operations() {
        for parameter in operation.said["parameters"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if parameter["in"] == "path" {
                assert_eq!(parameter["schema"]["format"], "uuid", "{parameter}");
            }
        }
    }
}

#[test]
fn profiles_may_hold_more_than_the_document_says() {
    let document = document();
    for schema in ["EnforceProfileRequest", "EnforceProfileResponse"] {
        let items = &schemas(&document)[schema]["properties"]["profiles"]["items"];
        let mut profile = followed(&document, items);
        if schema == "EnforceProfileResponse" {
            profile = followed(&document, &profile["properties"]["profile"]);
        }
        assert_eq!(profile["additionalProperties"], true, "{schema}: {profile}");
    }
}

/// Reserved words of some languages.
const KEYWORDS: &str = "abstract and as assert async await boolean break byte case catch chan char class const continue \
    debugger def default defer delete do double elif else enum except export extends fallthrough final finally float for \
    from func function global go goto if implements import in instanceof int interface is lambda let long map native new \
    nil none nonlocal not null or package pass private protected public raise range return select self short static \
    struct super switch synchronized this throw throws transient true try type typeof var void volatile while with yield";

#[test]
fn names_are_good_names_in_every_language() {
    let document = document();
    let ids: Vec<String> = document
        .operations()
        .iter()
        .map(|it: &Operation| it.id().to_owned())
        .collect();
    for id in &ids {
        assert!(
            !KEYWORDS.split_whitespace().any(|keyword| keyword == id),
            "{id}"
        );
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{id}"
        );
    }
    let names: Vec<&String> = schemas(&document).keys().collect();
    let mut by_letters = BTreeMap::new();
    for name in &names {
        assert!(
            name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{name}"
        );
        assert!(
            name.starts_with(|first: char| first.is_ascii_uppercase()),
            "{name}"
        );
        let same = by_letters.insert(name.to_ascii_lowercase(), name);
        assert_eq!(same, None, "{name}");
        assert!(
            !KEYWORDS
                .split_whitespace()
                .any(|keyword| keyword == name.to_lowercase()),
            "{name}"
        );
    }
    for (index, name) in names.iter().enumerate() {
        for other in &names[index + 1..] {
            assert!(!differ_by_a_letter(name, other), "{name} and {other}");
        }
    }
}

fn differ_by_a_letter(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let same = short
        .bytes()
        .zip(long.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = match long.len() - short.len() {
        0 => &short[(same + 1).min(short.len())..],
        1 => &short[same..],
        _ => return false,
    };
    long[(same + 1).min(long.len())..] == *rest
}

#[test]
fn no_schema_has_a_name_that_says_that_it_is_one() {
    let document = document();
    // The JSON Schema of preferences.
    let names = schemas(&document).keys();
    let names: Vec<_> = names.filter(|name| name.ends_with("Schema")).collect();
    assert_eq!(names, ["PreferencesSchema"]);
}

#[test]
fn no_schema_is_duplicated() {
    let document = document();
    let mut shapes: BTreeMap<String, &String> = BTreeMap::new();
    for (name, schema) in schemas(&document) {
        let is_object = schema["properties"]
            .as_object()
            .is_some_and(|members| members.len() > 1);
        if is_object {
            let mut shape = schema.clone();
            shape.as_object_mut().unwrap().remove("description");
            let other = shapes.insert(shape.to_string(), name);
            assert_eq!(other, None, "{name}");
        }
    }
}
