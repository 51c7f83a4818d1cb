//! Makes each variant of a union a named schema. Many client generators do not support variants without a name.

use serde_json::{Map, Value, json};

use super::schemas;
use crate::schemas::names::pascal;
use crate::schemas::nullable::fold_null_forms;

/// Names all variants of all unions in the schemas.
pub fn name_forms(document: &mut Value) {
    let names: Vec<String> = schemas(document).keys().cloned().collect();
    for name in names {
        let Some(schema) = schemas(document).get_mut(&name) else {
            continue;
        };
        let mut schema = schema.take();
        let mut found = Map::new();
        walk(&name, &mut schema, &mut found);
        schemas(document).insert(name, schema);
        schemas(document).extend(found);
    }
}

/// Moves the variants of unions below `place` to `found`; their names begin with `place`.
fn walk(place: &str, schema: &mut Value, found: &mut Map<String, Value>) {
    let Value::Object(keywords) = schema else {
        return;
    };
    fold_null_forms(keywords);
    for (keyword, said) in keywords {
        match (keyword.as_str(), said) {
            ("oneOf" | "anyOf", Value::Array(forms)) => {
                for (index, form) in forms.iter_mut().enumerate() {
                    name_form(&format!("{place}Form{}", index + 1), form, found);
                }
            }
            ("properties", Value::Object(members)) => {
                for (name, member) in members {
                    walk(&format!("{place}{}", pascal(name)), member, found);
                }
            }
            ("items", item) => walk(&format!("{place}Item"), item, found),
            ("additionalProperties", value) => walk(&format!("{place}Value"), value, found),
            _ => {}
        }
    }
}

/// Replaces a variant by a reference.
fn name_form(name: &str, form: &mut Value, found: &mut Map<String, Value>) {
    // Keywords beside a reference repeat the schema, and generators do not support them.
    let reference = if let Some(reference) = form.get("$ref") {
        reference.clone()
    } else {
        let mut form = form.take();
        walk(name, &mut form, found);
        found.insert(name.to_owned(), form);
        format!("#/components/schemas/{name}").into()
    };
    *form = json!({ "$ref": reference });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_without_a_name_gets_one_and_leaves_no_null_alone() {
        let mut document = json!({"components": {"schemas": {"Bell": {"properties": {"ring_tone": {
            "anyOf": [{"type": "string"}, {"$ref": "#/x", "description": "beside"}, {"type": "null"}],
        }}}}}});
        name_forms(&mut document);
        let expected = json!({
            "Bell": {"properties": {"ring_tone": {
                "anyOf": [{"$ref": "#/components/schemas/BellRingToneForm1"}, {"$ref": "#/x"}],
            }}},
            "BellRingToneForm1": {"type": ["string", "null"]},
        });
        assert_eq!(document["components"]["schemas"], expected);
    }
}
