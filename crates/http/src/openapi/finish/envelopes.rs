//! Names the envelopes of the account family by their content and makes them refer to it, so that generated
//! clients get no duplicate classes.

use serde_json::{Map, Value, json};

use super::schemas;

/// The prefix of generated names of envelopes.
const MADE: &str = "Envelope_";
/// The name of the empty content.
const NOTHING: &str = "Nothing";

/// Renames all envelopes.
pub fn name(document: &mut Value) {
    let mut names = Map::new();
    let given = std::mem::take(schemas(document));
    for (name, mut schema) in given {
        let Some(held) = name.strip_prefix(MADE) else {
            if name != NOTHING {
                schemas(document).insert(name, schema);
            }
            continue;
        };
        let new = new_name(held);
        finish(&mut schema, held);
        names.insert(reference(&name), reference(&new).into());
        schemas(document).insert(new, schema);
    }
    rename(document, &names);
}

/// Makes `FollowEnvelope` of `FollowResponse`.
fn new_name(held: &str) -> String {
    if held == NOTHING {
        return "EmptyEnvelope".to_owned();
    }
    let held = held.strip_suffix("Response").unwrap_or(held);
    format!("{held}Envelope")
}

fn reference(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

/// Adds the fixed members of a success, and the reference to the content.
fn finish(envelope: &mut Value, held: &str) {
    let Some(Value::Object(members)) = envelope.get_mut("properties") else {
        return;
    };
    let data = if held == NOTHING {
        json!({"type": ["object", "null"], "description": "Always null.", "enum": [null]})
    } else {
        json!({ "$ref": reference(held) })
    };
    members.insert("data".to_owned(), data);
    for (member, value) in [("success", json!(true)), ("httpStatus", json!("OK"))] {
        let Some(Value::Object(schema)) = members.get_mut(member) else {
            continue;
        };
        schema.shift_remove("example");
        schema.insert("const".to_owned(), value);
    }
}

fn rename(value: &mut Value, names: &Map<String, Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Object(members) => {
            for (name, member) in members {
                let new = member.as_str().and_then(|old| names.get(old));
                match new {
                    Some(new) if name == "$ref" => *member = new.clone(),
                    _ => rename(member, names),
                }
            }
        }
        _ => {}
    }
}
