//! Makes JSON Schemas nullable. Client generators do not support a schema whose only type is `null`, so unions
//! must not contain one.

use serde_json::{Map, Value, json};

/// The schema, made nullable. If that is impossible, the schema loses some rules.
#[must_use]
pub fn or_null(schema: Value) -> Value {
    match schema {
        Value::Object(keywords) => {
            let keywords = keywords.into_iter().filter_map(keyword_or_null);
            Value::Object(keywords.collect())
        }
        other => other,
    }
}

fn keyword_or_null((keyword, said): (String, Value)) -> Option<(String, Value)> {
    match keyword.as_str() {
        "type" => Some((keyword, type_or_null(said))),
        "const" => Some(("enum".to_owned(), json!([said, null]))),
        "enum" => Some((keyword, values_or_null(said))),
        "allOf" => Some((keyword, each(said, or_null))),
        "anyOf" | "oneOf" => Some((keyword, first_or_null(said))),
        // These keywords also apply to `null`.
        "not" | "if" | "then" | "else" | "$ref" => None,
        _ => Some((keyword, said)),
    }
}

fn type_or_null(said: Value) -> Value {
    let mut types = match said {
        Value::Array(types) => types,
        one => vec![one],
    };
    if !types.iter().any(|it| it == "null") {
        types.push("null".into());
    }
    types.into()
}

fn values_or_null(said: Value) -> Value {
    let Value::Array(mut values) = said else {
        return said;
    };
    if !values.iter().any(Value::is_null) {
        values.push(Value::Null);
    }
    values.into()
}

fn each(said: Value, change: impl Fn(Value) -> Value) -> Value {
    match said {
        Value::Array(schemas) => schemas.into_iter().map(change).collect(),
        other => other,
    }
}

/// One variant becomes nullable; in `oneOf` at most one may be.
fn first_or_null(said: Value) -> Value {
    let Value::Array(forms) = said else {
        return said;
    };
    let is_null = |form: &Value| form == &json!({"type": "null"});
    let mut forms: Vec<Value> = forms.into_iter().filter(|form| !is_null(form)).collect();
    if let Some(first) = forms.first_mut() {
        *first = or_null(first.take());
    }
    forms.into()
}

/// Removes variants of unions that are only `null`, and makes another variant nullable.
pub fn fold_null_forms(schema: &mut Map<String, Value>) {
    for keyword in ["anyOf", "oneOf"] {
        let forms = schema.get_mut(keyword);
        let Some(forms) = forms.filter(|forms| takes_null(forms)) else {
            continue;
        };
        *forms = first_or_null(forms.take());
    }
}

fn takes_null(forms: &Value) -> bool {
    let forms = forms.as_array().into_iter().flatten();
    forms
        .into_iter()
        .any(|form| form == &json!({"type": "null"}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_takes_null_besides_what_it_took() {
        for (schema, expected) in [
            (
                json!({"type": "string"}),
                json!({"type": ["string", "null"]}),
            ),
            (
                json!({"type": ["integer", "null"]}),
                json!({"type": ["integer", "null"]}),
            ),
            (
                json!({"type": "string", "enum": ["a"]}),
                json!({"type": ["string", "null"], "enum": ["a", null]}),
            ),
            (json!({"const": 1}), json!({"enum": [1, null]})),
            (
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
                json!({"oneOf": [{"type": ["string", "null"]}, {"type": "integer"}]}),
            ),
            (
                json!({"type": "string", "not": {"const": ""}}),
                json!({"type": ["string", "null"]}),
            ),
        ] {
            assert_eq!(or_null(schema.clone()), expected, "{schema}");
        }
    }
}
