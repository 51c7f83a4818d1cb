//! A catalogue as one complete document.

use serde_json::{Map, Value, json};

use super::Catalogue;
use super::action::{ActionRule, Need};
use super::cohorts::Cohort;
use super::family::Family;
use super::layers::{Layer, Rule};
use super::setting::{Setting, SettingType, ValueIndex};

/// `{"settings": {…}, "actions": {…}}`, with all members of each; cohorts and layers if there are any.
pub(super) fn document(catalogue: &Catalogue) -> Value {
    let settings = catalogue.settings().iter();
    let settings: Map<_, _> = settings
        .map(|setting| (document_name(setting).to_owned(), shown_setting(setting)))
        .collect();
    let actions = catalogue.actions().iter();
    let actions: Map<_, _> = actions
        .map(|action| (action.name().to_owned(), shown_action(catalogue, action)))
        .collect();
    let mut document = json!({"settings": settings, "actions": actions});
    if !catalogue.cohorts().is_empty() {
        let cohorts = catalogue.cohorts().iter();
        let cohorts: Map<_, _> = cohorts.map(shown_cohort).collect();
        insert(&mut document, "cohorts", cohorts);
    }
    let layers = catalogue.layers.all();
    if !layers.is_empty() {
        let layers = layers.iter().map(|layer| shown_layer(catalogue, layer));
        insert(&mut document, "layers", layers.collect::<Vec<_>>());
    }
    document
}

fn insert(document: &mut Value, member: &str, value: impl Into<Value>) {
    if let Some(members) = document.as_object_mut() {
        members.insert(member.to_owned(), value.into());
    }
}

fn shown_cohort(cohort: &Cohort) -> (String, Value) {
    let shown = json!({"description": cohort.description()});
    (cohort.name().to_owned(), shown)
}

fn shown_layer(catalogue: &Catalogue, layer: &Layer) -> Value {
    let (mut defaults, mut allowed) = (Map::new(), Map::new());
    for (index, rule) in &layer.settings {
        let Some(setting) = catalogue.settings().get(index.get()) else {
            continue;
        };
        let shown = |value: &ValueIndex| setting.value(*value).clone();
        show_rule(setting.name(), rule, shown, &mut defaults, &mut allowed);
    }
    for (key, rule) in &layer.preferences {
        let name = format!("{}.{key}", Family::Preferences.as_str());
        show_rule(&name, rule, Value::clone, &mut defaults, &mut allowed);
    }
    let mut shown = json!({"name": layer.name});
    for (member, text) in [("cohort", &layer.cohort), ("note", &layer.note)] {
        if let Some(text) = text {
            insert(&mut shown, member, text.as_str());
        }
    }
    for (member, values) in [("defaults", defaults), ("allowed", allowed)] {
        if !values.is_empty() {
            insert(&mut shown, member, values);
        }
    }
    shown
}

fn show_rule<T>(
    name: &str,
    rule: &Rule<T>,
    shown: impl Fn(&T) -> Value,
    defaults: &mut Map<String, Value>,
    allowed: &mut Map<String, Value>,
) {
    if let Some(default) = &rule.default {
        defaults.insert(name.to_owned(), shown(default));
    }
    if let Some(values) = &rule.allowed {
        allowed.insert(name.to_owned(), values.iter().map(shown).collect());
    }
}

/// The name in documents: a messaging setting without its family.
fn document_name(setting: &Setting) -> &str {
    match setting.family() {
        Family::Messaging => setting.key(),
        Family::Account | Family::Email | Family::Preferences => setting.name(),
    }
}

fn shown_setting(setting: &Setting) -> Value {
    let mut shown = Map::new();
    shown.insert("type".to_owned(), setting.kind().as_str().into());
    shown.insert("title".to_owned(), setting.title().into());
    shown.insert("description".to_owned(), setting.description().into());
    if setting.kind() != SettingType::Switch {
        shown.insert("values".to_owned(), setting.values().into());
    }
    let default = setting.value(setting.default_value()).clone();
    shown.insert("default".to_owned(), default);
    Value::Object(shown)
}

fn shown_action(catalogue: &Catalogue, action: &ActionRule) -> Value {
    let needs = action.needs().iter();
    let needs: Vec<_> = needs.map(|need| need_name(catalogue, *need)).collect();
    json!({
        "title": action.title(),
        "description": action.description(),
        "needs": needs,
        "admin": action.is_open_to_admins(),
        "reciprocal": action.is_reciprocal(),
    })
}

fn need_name(catalogue: &Catalogue, need: Need) -> &str {
    match need {
        Need::Account(_) => Need::ACCOUNT,
        Need::PublicAccount(_) => Need::PUBLIC_ACCOUNT,
        Need::Switch(index) | Need::Audience(index) => {
            let setting = catalogue.settings().get(index.get());
            setting.map_or("", document_name)
        }
    }
}
