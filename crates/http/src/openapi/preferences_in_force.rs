//! Has the document describe the preferences in force: their schemas, and examples that these take.

use privet_domain::preferences::{ChosenPreferences, PreferencesSchema};
use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{Content, OpenApi, RefOr};

use crate::features::accounts::export::PATH as EXPORT_PATH;
use crate::features::settings::preferences::{PATH, RESET_PATH};
use crate::features::settings::preferences_schemas;

/// Has the document describe these preferences instead of the built-in ones.
pub fn describe(document: &mut OpenApi, preferences: &PreferencesSchema) {
    let reset = document.paths.paths.get_mut(RESET_PATH);
    let reset = reset.and_then(|item| item.post.as_mut());
    let body = reset.and_then(|operation| operation.request_body.as_mut());
    if let Some(RefOr::T(body)) = body {
        // Nothing to say is everything to reset. The macro knows of no body that may be left out.
        body.required = None;
    }
    if preferences.document() == PreferencesSchema::built_in().document() {
        return;
    }
    let components = document.components.get_or_insert_default();
    for (name, _) in preferences_schemas::of(&PreferencesSchema::built_in()) {
        components.schemas.remove(&name);
    }
    components
        .schemas
        .extend(preferences_schemas::of(preferences));
    let defaults = preferences.effective_tree(&ChosenPreferences::default());
    let by_name = preferences_schemas::defaults_by_name(preferences);
    let names: Vec<_> = by_name.keys().cloned().collect();
    show_in_examples(document, PATH, &defaults, &by_name.into());
    show_in_examples(document, RESET_PATH, &defaults, &json!({ "keys": names }));
    show_in_export(document, &defaults);
}

fn show_in_examples(document: &mut OpenApi, path: &str, answered: &Value, asked: &Value) {
    let Some(item) = document.paths.paths.get_mut(path) else {
        return;
    };
    let operations = [&mut item.get, &mut item.patch, &mut item.post];
    for operation in operations.into_iter().flatten() {
        if let Some(RefOr::T(answer)) = operation.responses.responses.get_mut("200") {
            show(answer.content.values_mut(), answered);
        }
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            show(body.content.values_mut(), asked);
        }
    }
}

fn show_in_export(document: &mut OpenApi, defaults: &Value) {
    let export = document.paths.paths.get_mut(EXPORT_PATH);
    let Some(operation) = export.and_then(|item| item.get.as_mut()) else {
        return;
    };
    let Some(RefOr::T(answer)) = operation.responses.responses.get_mut("200") else {
        return;
    };
    for content in answer.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let example = content.example.as_mut();
        if let Some(shown) = example.and_then(|example| example.get_mut("preferences")) {
            shown["chosen"] = json!({});
            shown["effective"] = defaults.clone();
        }
    }
}

fn show<'a>(contents: impl Iterator<Item = &'a mut RefOr<Content>>, example: &Value) {
    for content in contents {
        let RefOr::T(content) = content else { continue };
        let shown = ExampleBuilder::new().value(Some(example.clone())).build();
        content.example = None;
        content.examples.clear();
        content.examples.insert("all".to_owned(), shown.into());
    }
}
