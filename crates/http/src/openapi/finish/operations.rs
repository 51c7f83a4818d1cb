//! Members of every operation: its security, and the order of its examples.

use serde_json::{Map, Value, json};

/// All operations of the document.
pub fn of(document: &mut Value) -> impl Iterator<Item = (&str, &mut Map<String, Value>)> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut());
    let items = items.filter_map(Value::as_object_mut);
    let operations = items.flat_map(|item| item.iter_mut());
    operations.filter_map(|(method, operation)| Some((method.as_str(), operation.as_object_mut()?)))
}

/// Marks operations without a token, because the document as a whole requires one.
pub fn say_who_may_call(operation: &mut Map<String, Value>) {
    operation.entry("security").or_insert_with(|| json!([]));
}

/// Names of examples, the most common first. Tools show the first one.
const USUAL: [&str; 12] = [
    "nested",
    "dotted",
    "mixed",
    "one",
    "several",
    "all",
    "no_token",
    "expired",
    "invalid",
    "wrong_members",
    "wrong_parameters",
    "not_an_id",
];

/// Sorts examples: the most common first.
pub fn show_the_usual_first(operation: &mut Map<String, Value>) {
    let answers = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    for answer in answers.into_iter().flat_map(|answers| answers.values_mut()) {
        sort_examples(answer);
    }
    if let Some(body) = operation.get_mut("requestBody") {
        sort_examples(body);
    }
}

fn sort_examples(of: &mut Value) {
    let contents = of.get_mut("content").and_then(Value::as_object_mut);
    for content in contents
        .into_iter()
        .flat_map(|contents| contents.values_mut())
    {
        let Some(Value::Object(examples)) = content.get_mut("examples") else {
            continue;
        };
        let mut sorted: Vec<_> = std::mem::take(examples).into_iter().collect();
        sorted.sort_by_key(|(name, _)| {
            let place = USUAL.iter().position(|usual| usual == name);
            place.unwrap_or(USUAL.len())
        });
        examples.extend(sorted);
    }
}
