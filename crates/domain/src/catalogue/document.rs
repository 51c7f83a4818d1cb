//! Parses a catalogue document: JSON into entries, with all errors of its structure. [`super::compile`] checks
//! rules across entries.

use serde_json::{Map, Value};

use super::built_in::BuiltIn;
use super::fault::Faults;
use super::setting::SettingType;
use crate::strict_json;

mod layers;

pub(super) use layers::{CohortEntry, LayerEntry};

/// The maximum length of a title, in characters.
pub(super) const LONGEST_TITLE: usize = 100;
/// The maximum length of a description, in characters.
pub(super) const LONGEST_DESCRIPTION: usize = 500;

/// The members of a document.
pub(super) const DOCUMENT_MEMBERS: [&str; 5] =
    ["extends", "settings", "actions", "cohorts", "layers"];
/// The members of a setting.
pub(super) const SETTING_MEMBERS: [&str; 5] = ["type", "title", "description", "values", "default"];
/// The members of an action.
pub(super) const ACTION_MEMBERS: [&str; 5] =
    ["title", "description", "needs", "admin", "reciprocal"];

/// A parsed document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub extends: BuiltIn,
    pub settings: Vec<SettingEntry>,
    pub actions: Vec<ActionEntry>,
    pub cohorts: Vec<CohortEntry>,
    pub layers: Vec<LayerEntry>,
}

/// A parsed setting. A missing or invalid member is `None`.
#[derive(Debug)]
pub(super) struct SettingEntry {
    pub path: String,
    pub name: String,
    pub kind: Option<SettingType>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub values: Option<Vec<Value>>,
    pub default: Option<Value>,
    /// The given members, including invalid ones.
    pub given: Vec<&'static str>,
}

/// A parsed action.
#[derive(Debug)]
pub(super) struct ActionEntry {
    pub path: String,
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub needs: Option<Vec<String>>,
    pub admin: Option<bool>,
    pub reciprocal: Option<bool>,
    /// The given members, including invalid ones.
    pub given: Vec<&'static str>,
}

/// Parses the text of a document.
pub(super) fn read(text: &str, faults: &mut Faults) -> Document {
    let value = match strict_json::parse(text.as_bytes()) {
        Ok(value) => value,
        Err(error) => {
            match error.repeated_member() {
                Some(path) => faults.add(path, "is given twice"),
                None => faults.add("", format!("is not JSON: {error}")),
            }
            return Document::default();
        }
    };
    let Some(members) = object(faults, "", &value) else {
        return Document::default();
    };
    refuse_unknown(faults, "", members, &DOCUMENT_MEMBERS);
    Document {
        extends: extends(faults, members),
        settings: entries(faults, members, "settings", setting),
        actions: entries(faults, members, "actions", action),
        cohorts: entries(faults, members, "cohorts", layers::cohort),
        layers: layers::layers(faults, members),
    }
}

fn extends(faults: &mut Faults, members: &Map<String, Value>) -> BuiltIn {
    let Some(extends) = members.get("extends") else {
        return BuiltIn::default();
    };
    let known = extends.as_str().and_then(BuiltIn::parse);
    if known.is_none() {
        let names = BuiltIn::ALL.map(BuiltIn::as_str).join(", ");
        faults.add("extends", format!("must be one of: {names}"));
    }
    known.unwrap_or_default()
}

fn entries<T>(
    faults: &mut Faults,
    document: &Map<String, Value>,
    member: &str,
    read: fn(&mut Faults, String, &str, &Map<String, Value>) -> T,
) -> Vec<T> {
    let declared = document.get(member);
    let members = declared.and_then(|declared| object(faults, member, declared));
    let mut read_all = Vec::new();
    for (name, value) in members.into_iter().flatten() {
        let path = format!("{member}.{name}");
        if let Some(members) = object(faults, &path, value) {
            read_all.push(read(faults, path, name, members));
        }
    }
    read_all
}

fn setting(
    faults: &mut Faults,
    path: String,
    name: &str,
    members: &Map<String, Value>,
) -> SettingEntry {
    refuse_unknown(faults, &path, members, &SETTING_MEMBERS);
    SettingEntry {
        name: name.to_owned(),
        kind: kind(faults, &path, members),
        title: text(faults, &path, members, "title", LONGEST_TITLE),
        description: text(faults, &path, members, "description", LONGEST_DESCRIPTION),
        values: list(faults, &path, members, "values").map(<[Value]>::to_vec),
        default: members.get("default").cloned(),
        given: given(members, &SETTING_MEMBERS),
        path,
    }
}

fn action(
    faults: &mut Faults,
    path: String,
    name: &str,
    members: &Map<String, Value>,
) -> ActionEntry {
    refuse_unknown(faults, &path, members, &ACTION_MEMBERS);
    ActionEntry {
        name: name.to_owned(),
        title: text(faults, &path, members, "title", LONGEST_TITLE),
        description: text(faults, &path, members, "description", LONGEST_DESCRIPTION),
        needs: names(faults, &path, members, "needs"),
        admin: flag(faults, &path, members, "admin"),
        reciprocal: flag(faults, &path, members, "reciprocal"),
        given: given(members, &ACTION_MEMBERS),
        path,
    }
}

fn kind(faults: &mut Faults, path: &str, members: &Map<String, Value>) -> Option<SettingType> {
    let value = members.get("type")?;
    let kind = value.as_str().and_then(SettingType::parse);
    if kind.is_none() {
        let names = SettingType::ALL.map(SettingType::as_str).join(", ");
        faults.add(&format!("{path}.type"), format!("must be one of: {names}"));
    }
    kind
}

fn given(members: &Map<String, Value>, known: &[&'static str]) -> Vec<&'static str> {
    let known = known.iter().copied();
    known.filter(|name| members.contains_key(*name)).collect()
}

fn refuse_unknown(faults: &mut Faults, path: &str, members: &Map<String, Value>, known: &[&str]) {
    for name in members
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
    {
        let problem = format!("unknown member; it takes: {}", known.join(", "));
        faults.add(&below(path, name), problem);
    }
}

/// The path of a member.
fn below(path: &str, name: &str) -> String {
    let separator = if path.is_empty() { "" } else { "." };
    format!("{path}{separator}{name}")
}

fn object<'a>(faults: &mut Faults, path: &str, value: &'a Value) -> Option<&'a Map<String, Value>> {
    let members = value.as_object();
    if members.is_none() {
        faults.add(path, "must be an object");
    }
    members
}

/// A text to display: not empty, of limited length, without control characters.
fn text(
    faults: &mut Faults,
    path: &str,
    members: &Map<String, Value>,
    name: &str,
    longest: usize,
) -> Option<String> {
    let value = members.get(name)?;
    let text = value.as_str().filter(|text| {
        let length = text.chars().count();
        !text.trim().is_empty() && length <= longest && !text.chars().any(char::is_control)
    });
    if text.is_none() {
        let problem = format!("must be a text of 1 to {longest} characters on one line");
        faults.add(&format!("{path}.{name}"), problem);
    }
    text.map(str::to_owned)
}

fn flag(faults: &mut Faults, path: &str, members: &Map<String, Value>, name: &str) -> Option<bool> {
    let value = members.get(name)?;
    if !value.is_boolean() {
        faults.add(&format!("{path}.{name}"), "must be true or false");
    }
    value.as_bool()
}

fn list<'a>(
    faults: &mut Faults,
    path: &str,
    members: &'a Map<String, Value>,
    name: &str,
) -> Option<&'a [Value]> {
    let value = members.get(name)?;
    let items = value.as_array();
    if items.is_none() {
        faults.add(&below(path, name), "must be a list");
    }
    items.map(Vec::as_slice)
}

fn names(
    faults: &mut Faults,
    path: &str,
    members: &Map<String, Value>,
    name: &str,
) -> Option<Vec<String>> {
    let items = list(faults, path, members, name)?;
    let mut texts = Vec::new();
    for (position, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(text) => texts.push(text.to_owned()),
            None => faults.add(&format!("{path}.{name}[{position}]"), "must be a text"),
        }
    }
    (texts.len() == items.len()).then_some(texts)
}
