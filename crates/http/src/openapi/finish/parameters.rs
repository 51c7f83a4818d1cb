//! Parameters: none is nullable, because null cannot be sent, and each has an example that works on a server
//! without data.

use serde_json::{Map, Value, json};

/// Finishes the parameters of an operation.
pub fn finish(operation: &mut Map<String, Value>) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let Value::Object(parameter) = parameter else {
            continue;
        };
        if let Some(Value::Object(schema)) = parameter.get_mut("schema") {
            take_out_null(schema);
        }
        if !parameter.contains_key("example")
            && let Some(example) = example(parameter)
        {
            parameter.insert("example".to_owned(), example);
        }
    }
}

fn take_out_null(schema: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = schema.get_mut("type") else {
        return;
    };
    types.retain(|it| it != "null");
    if let [one] = types.as_slice() {
        let one = one.clone();
        schema.insert("type".to_owned(), one);
    }
}

fn example(parameter: &Map<String, Value>) -> Option<Value> {
    let name = parameter.get("name")?.as_str()?;
    let example = match name {
        "userId" => json!("9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"),
        "followId" => json!("0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"),
        // An empty cursor starts at the beginning of the list.
        "cursor" => json!(""),
        // Any version.
        "If-Match" => json!("*"),
        // An old version, so that the answer has a body.
        "If-None-Match" => json!("\"0190f3c4\""),
        _ => parameter.get("schema")?.get("default")?.clone(),
    };
    Some(example)
}
