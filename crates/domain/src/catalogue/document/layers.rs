//! Parses the cohorts and layers of a document.

use serde_json::{Map, Value};

use super::super::fault::Faults;
use super::{LONGEST_DESCRIPTION, LONGEST_TITLE, list, object, refuse_unknown, text};

/// The members of a cohort.
const COHORT_MEMBERS: [&str; 1] = ["description"];
/// The members of a layer.
const LAYER_MEMBERS: [&str; 5] = ["name", "cohort", "note", "defaults", "allowed"];

/// A parsed cohort.
#[derive(Debug)]
pub(crate) struct CohortEntry {
    pub path: String,
    pub name: String,
    pub description: Option<String>,
    pub is_described: bool,
}

/// A parsed layer.
#[derive(Debug)]
pub(crate) struct LayerEntry {
    pub path: String,
    pub name: Option<String>,
    pub is_named: bool,
    pub cohort: Option<String>,
    /// Whether a cohort was given, also if it is invalid.
    pub has_cohort: bool,
    pub note: Option<String>,
    /// Values by the dotted names of settings.
    pub defaults: Vec<(String, Value)>,
    /// Lists of values by the dotted names of settings.
    pub allowed: Vec<(String, Vec<Value>)>,
}

pub(super) fn cohort(
    faults: &mut Faults,
    path: String,
    name: &str,
    members: &Map<String, Value>,
) -> CohortEntry {
    refuse_unknown(faults, &path, members, &COHORT_MEMBERS);
    CohortEntry {
        name: name.to_owned(),
        description: text(faults, &path, members, "description", LONGEST_DESCRIPTION),
        is_described: members.contains_key("description"),
        path,
    }
}

pub(super) fn layers(faults: &mut Faults, document: &Map<String, Value>) -> Vec<LayerEntry> {
    let layers = list(faults, "", document, "layers").unwrap_or_default();
    let mut read = Vec::new();
    for (position, value) in layers.iter().enumerate() {
        let path = format!("layers[{position}]");
        if let Some(members) = object(faults, &path, value) {
            read.push(layer(faults, path, members));
        }
    }
    read
}

fn layer(faults: &mut Faults, path: String, members: &Map<String, Value>) -> LayerEntry {
    refuse_unknown(faults, &path, members, &LAYER_MEMBERS);
    LayerEntry {
        name: text(faults, &path, members, "name", LONGEST_TITLE),
        is_named: members.contains_key("name"),
        cohort: text(faults, &path, members, "cohort", LONGEST_TITLE),
        has_cohort: members.contains_key("cohort"),
        note: text(faults, &path, members, "note", LONGEST_DESCRIPTION),
        defaults: defaults(faults, &path, members),
        allowed: allowed(faults, &path, members),
        path,
    }
}

fn defaults(faults: &mut Faults, path: &str, members: &Map<String, Value>) -> Vec<(String, Value)> {
    let path = format!("{path}.defaults");
    let given = members.get("defaults");
    let given = given.and_then(|given| object(faults, &path, given));
    let given = given.into_iter().flatten();
    given
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn allowed(
    faults: &mut Faults,
    path: &str,
    members: &Map<String, Value>,
) -> Vec<(String, Vec<Value>)> {
    let path = format!("{path}.allowed");
    let given = members.get("allowed");
    let Some(given) = given.and_then(|given| object(faults, &path, given)) else {
        return Vec::new();
    };
    let mut read = Vec::new();
    for name in given.keys() {
        if let Some(values) = list(faults, &path, given, name) {
            read.push((name.clone(), values.to_vec()));
        }
    }
    read
}
