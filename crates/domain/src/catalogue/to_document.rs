//! A catalogue as one complete document.

use serde_json::{Map, Value, json};

use super::Catalogue;
use super::action::{ActionRule, Need};
use super::family::Family;
use super::setting::{Setting, SettingType};

/// `{"settings": {…}, "actions": {…}}`, with all members of each.
pub(super) fn document(catalogue: &Catalogue) -> Value {
    let settings = catalogue.settings().iter();
    let settings: Map<_, _> = settings
        .map(|setting| (document_name(setting).to_owned(), shown_setting(setting)))
        .collect();
    let actions = catalogue.actions().iter();
    let actions: Map<_, _> = actions
        .map(|action| (action.name().to_owned(), shown_action(catalogue, action)))
        .collect();
    json!({"settings": settings, "actions": actions})
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
