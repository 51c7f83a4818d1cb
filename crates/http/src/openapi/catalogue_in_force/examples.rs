//! Examples made from the catalogue in force.

use privet_domain::catalogue::preferences::PreferencesSchema;
use privet_domain::catalogue::{ActionRule, Catalogue, Choices, Cohorts, Family, Setting};
use privet_domain::rules::explanations::{MadeUpViewer, explain, settings_of};
use privet_domain::transfer::own::FORMAT;
use serde_json::{Map, Value, json};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, PathItem, RefOr};

use crate::features::accounts::export::PATH as EXPORT_PATH;
use crate::features::administration::support::{
    EXPLAIN as EXPLAIN_USER, ONE as ONE_USER, SETTINGS as SETTINGS_OF_USER,
};
use crate::features::rules::decisions::ACCESS;
use crate::features::rules::explanations::EXPLAIN;
use crate::features::settings::catalogue::{
    PATH as CATALOGUE_PATH, example as example_of_catalogue,
};
use crate::features::settings::messaging_privacy::PATH as MESSAGING_PATH;
use crate::features::settings::preferences::{PATH, RESET_PATH};
use crate::features::settings::preferences_schemas::defaults_by_name;

const OWNER: &str = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d";
const OTHER: &str = "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c";
const RECORD: &str = "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a";
const TIME: &str = "2026-01-31T10:30:45.000000Z";

/// Adds the examples to the document.
pub fn show(document: &mut OpenApi, catalogue: &Catalogue) {
    show_messaging(document, catalogue);
    show_preferences(document, catalogue);
    answer(document, ACCESS, get, &permissions(catalogue));
    answer(document, EXPLAIN, get, &explanation(catalogue));
    answer(document, EXPORT_PATH, get, &export(catalogue));
    let shown = example_of_catalogue(catalogue);
    answer(document, CATALOGUE_PATH, get, &shown);
    if let Some(settings) = shown.get("settings") {
        show_support(document, catalogue, settings);
    }
}

/// `settings`: as in the catalogue.
fn show_support(document: &mut OpenApi, catalogue: &Catalogue, settings: &Value) {
    let view = json!({
        "user_id": OWNER,
        "created_at": TIME,
        "settings": settings,
        "cohorts": [],
        "counts": {"contacts": 2, "blocks": 1, "exceptions": 0, "followers": 3, "following": 2, "requests_received": 1},
    });
    answer(document, ONE_USER, get, &view);
    answer(document, EXPLAIN_USER, get, &explanation(catalogue));
    let changed = json!({ "settings": settings });
    answer(document, SETTINGS_OF_USER, patch, &changed);
}

fn show_messaging(document: &mut OpenApi, catalogue: &Catalogue) {
    answer(document, MESSAGING_PATH, get, &messaging(catalogue));
    let changes: Vec<_> = catalogue
        .family(Family::Messaging)
        .filter_map(|(_, setting)| Some((setting.key().to_owned(), other_value(setting)?)))
        .collect();
    let Some((setting, value)) = changes.first() else {
        return;
    };
    let one = json!({"setting": setting, "value": value});
    let several: Map<_, _> = changes.iter().rev().take(2).cloned().collect();
    let several = json!({ "settings": several });
    let bodies = [
        ("one", "One setting", &one),
        ("several", "Several settings", &several),
    ];
    asked(document, MESSAGING_PATH, put, &bodies);
}

/// The messaging family of a user who chose nothing.
fn messaging(catalogue: &Catalogue) -> Value {
    let mut shown = Map::new();
    shown.insert("user_id".to_owned(), OWNER.into());
    for (name, value) in
        catalogue.shown(Family::Messaging, &Choices::default(), &Cohorts::default())
    {
        shown.insert(name.to_owned(), value.clone());
    }
    shown.insert("updated_at".to_owned(), TIME.into());
    Value::Object(shown)
}

/// A value that is not the default.
fn other_value(setting: &Setting) -> Option<Value> {
    let default = setting.value(setting.default_value());
    setting
        .values()
        .iter()
        .find(|value| *value != default)
        .cloned()
}

/// All actions allowed except the last.
fn permissions(catalogue: &Catalogue) -> Value {
    let names = catalogue.actions().iter().map(ActionRule::name);
    let permissions: Map<_, _> = names.map(|name| (name.to_owned(), true.into())).collect();
    json!({"subject": OTHER, "permissions": permissions})
}

/// The decisions for a stranger and a user without choices.
fn explanation(catalogue: &Catalogue) -> Value {
    let facts = MadeUpViewer::Stranger.facts(catalogue.defaults().clone());
    let explained = explain(catalogue, &facts);
    let decisions: Map<_, _> = explained
        .iter()
        .map(|it| {
            let settings: Vec<_> = settings_of(catalogue, it.rule).collect();
            let decision = json!({"allowed": it.decision.allowed, "reason": it.decision.reason.as_str(), "settings": settings});
            (it.rule.name().to_owned(), decision)
        })
        .collect();
    json!({"viewer": OTHER, "decisions": decisions})
}

fn export(catalogue: &Catalogue) -> Value {
    json!({
        "format": FORMAT,
        "user_id": OWNER,
        "exported_at": "2026-02-01T08:00:00.000000Z",
        "created_at": TIME,
        "cohorts": [],
        "choices": {},
        "settings": {
            "email_contact": {"allow_email_contact": true, "updated_at": TIME},
            "account_privacy": {"id": RECORD, "userId": OWNER, "isPrivate": false, "createdAt": TIME, "updatedAt": TIME},
            "messaging_privacy": messaging(catalogue),
        },
        "preferences": {
            "chosen": {},
            "effective": preferences(catalogue),
            "updated_at": TIME,
        },
        "contacts": [],
        "blocks": [],
        "exceptions": [],
        "follows": [],
        "audit_entries": [],
        "looks": [],
    })
}

/// The preferences of a user without choices.
fn preferences(catalogue: &Catalogue) -> Value {
    catalogue.preferences_tree(&Choices::default(), &Cohorts::default())
}

/// The built-in preferences have examples in their handlers.
fn show_preferences(document: &mut OpenApi, catalogue: &Catalogue) {
    let defaults = preferences(catalogue);
    let built_in = PreferencesSchema::built_in();
    let is_built_in = catalogue.preferences().document() == built_in.document();
    if is_built_in && defaults == built_in.effective_tree(&Choices::default()) {
        return;
    }
    let by_name = defaults_by_name(catalogue.preferences());
    let names: Vec<_> = by_name.keys().cloned().collect();
    let (changes, reset) = (Value::Object(by_name), json!({ "keys": names }));
    answer(document, PATH, get, &defaults);
    answer(document, PATH, patch, &defaults);
    answer(document, RESET_PATH, post, &defaults);
    asked(document, PATH, patch, &[("all", "", &changes)]);
    asked(document, RESET_PATH, post, &[("all", "", &reset)]);
}

type Method = fn(&mut PathItem) -> &mut Option<Operation>;

fn get(item: &mut PathItem) -> &mut Option<Operation> {
    &mut item.get
}

fn put(item: &mut PathItem) -> &mut Option<Operation> {
    &mut item.put
}

fn patch(item: &mut PathItem) -> &mut Option<Operation> {
    &mut item.patch
}

fn post(item: &mut PathItem) -> &mut Option<Operation> {
    &mut item.post
}

fn operation<'a>(
    document: &'a mut OpenApi,
    path: &str,
    method: Method,
) -> Option<&'a mut Operation> {
    document
        .paths
        .paths
        .get_mut(path)
        .and_then(|item| method(item).as_mut())
}

/// Sets the example of an operation's answer.
fn answer(document: &mut OpenApi, path: &str, method: Method, example: &Value) {
    let answers = operation(document, path, method).map(|it| &mut it.responses.responses);
    let Some(RefOr::T(answer)) = answers.and_then(|answers| answers.get_mut("200")) else {
        return;
    };
    for content in contents(answer.content.values_mut()) {
        content.examples.clear();
        content.example = Some(example.clone());
    }
}

/// Sets the examples of an operation's request: name, summary and body.
fn asked(document: &mut OpenApi, path: &str, method: Method, examples: &[(&str, &str, &Value)]) {
    let body = operation(document, path, method).and_then(|it| it.request_body.as_mut());
    let Some(RefOr::T(body)) = body else {
        return;
    };
    for content in contents(body.content.values_mut()) {
        content.example = None;
        let shown = examples
            .iter()
            .map(|(name, summary, body)| ((*name).to_owned(), RefOr::T(example(summary, body))));
        content.examples = shown.collect();
    }
}

fn example(summary: &str, body: &Value) -> Example {
    let example = ExampleBuilder::new().value(Some(body.clone()));
    if summary.is_empty() {
        example.build()
    } else {
        example.summary(summary).build()
    }
}

fn contents<'a>(
    contents: impl Iterator<Item = &'a mut RefOr<Content>>,
) -> impl Iterator<Item = &'a mut Content> {
    contents.filter_map(|content| match content {
        RefOr::T(content) => Some(content),
        RefOr::Ref(_) => None,
    })
}
