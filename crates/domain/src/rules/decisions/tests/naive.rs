//! An evaluator made of tables, with names for everything. Short enough to verify by reading.

use serde_json::{Map, Value};

use super::Relationship;

const SUBJECT_ADDED: u8 = 1;
const SUBJECT_MARKED: u8 = 2;
const SUBJECT_FOLLOWS: u8 = 4;
const VIEWER_ADDED: u8 = 8;
const VIEWER_MARKED: u8 = 16;
const VIEWER_FOLLOWS: u8 = 32;
/// A tie that nobody has.
const NONE_HAS: u8 = 64;

/// A need's kind, the value in force, the ties that are all needed then, and the reasons if they are there and if not.
type Row = (&'static str, &'static str, u8, &'static str, &'static str);

#[rustfmt::skip]
const NEEDS: [Row; 14] = [
    ("account", "off", 0, "public_account", ""),
    ("account", "on", VIEWER_FOLLOWS, "accepted_follower", "private_account"),
    ("public_account", "off", 0, "public_account", ""),
    ("public_account", "on", NONE_HAS, "", "private_account"),
    ("switch", "on", 0, "setting_on", ""),
    ("switch", "off", NONE_HAS, "", "setting_off"),
    ("audience", "everyone", 0, "everyone", ""),
    ("audience", "contacts", SUBJECT_ADDED | VIEWER_ADDED, "mutual_contact", "not_a_contact"),
    ("audience", "added_contacts", SUBJECT_ADDED, "added_contact", "not_a_contact"),
    ("audience", "close_friends", SUBJECT_ADDED | SUBJECT_MARKED, "close_friend", "not_a_close_friend"),
    ("audience", "followers", VIEWER_FOLLOWS, "follower", "not_a_follower"),
    ("audience", "following", SUBJECT_FOLLOWS, "followed", "not_followed"),
    ("audience", "mutual_followers", SUBJECT_FOLLOWS | VIEWER_FOLLOWS, "mutual_follower", "not_a_mutual_follower"),
    ("audience", "nobody", NONE_HAS, "", "nobody"),
];

/// An action as its document says it.
pub(super) struct Rule {
    /// Of each need: the dotted name of the setting, and its kind.
    pub needs: Vec<(String, &'static str)>,
    admin: bool,
    pub reciprocal: bool,
}

/// What one of the two users set of an action: the value of each need, and the exception for the other.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub values: &'a [&'a str],
    pub exception: Option<&'a str>,
}

impl Rule {
    pub fn of(document: &Value, action: &str) -> Self {
        let rule = &document["actions"][action];
        let needs = rule["needs"].as_array().unwrap().iter();
        Self {
            needs: needs
                .map(|need| need_of(document, need.as_str().unwrap()))
                .collect(),
            admin: rule["admin"] == true,
            reciprocal: rule["reciprocal"] == true,
        }
    }

    pub fn expected(
        &self,
        subject: Side<'_>,
        viewer: Side<'_>,
        relationship: Relationship,
        admin: bool,
    ) -> (bool, &'static str) {
        let ties = ties(relationship);
        for (holds, allowed, reason) in [
            (relationship.is_oneself, true, "self"),
            (relationship.is_erased, false, "erased"),
            (relationship.is_blocked, false, "blocked"),
            (subject.exception == Some("never"), false, "exception_never"),
            (
                subject.exception == Some("always"),
                true,
                "exception_always",
            ),
        ] {
            if holds {
                return (allowed, reason);
            }
        }
        let mut outcome = self.ask(subject.values, ties);
        let exchanged = ties >> 3 | ties << 3 & 0b11_1000;
        let is_met = match viewer.exception {
            Some(exception) => exception == "always",
            None => self.ask(viewer.values, exchanged).0,
        };
        if outcome.0 && self.reciprocal && !is_met {
            outcome = (false, "not_reciprocated");
        }
        if !outcome.0 && admin && self.admin {
            outcome = (true, "admin");
        }
        outcome
    }

    fn ask(&self, values: &[&str], ties: u8) -> (bool, &'static str) {
        let mut outcome = (false, "");
        for ((_, kind), value) in self.needs.iter().zip(values) {
            outcome = answer(kind, value, ties);
            if !outcome.0 {
                break;
            }
        }
        outcome
    }
}

fn need_of(document: &Value, need: &str) -> (String, &'static str) {
    match need {
        "account" => ("account.is_private".to_owned(), "account"),
        "public_account" => ("account.is_private".to_owned(), "public_account"),
        name => {
            let kind = match document["settings"][name]["type"].as_str() {
                Some("switch") => "switch",
                _ => "audience",
            };
            let dotted = if name.contains('.') {
                name.to_owned()
            } else {
                format!("messaging.{name}")
            };
            (dotted, kind)
        }
    }
}

fn answer(kind: &str, value: &str, ties: u8) -> (bool, &'static str) {
    let row = NEEDS.iter().find(|row| row.0 == kind && row.1 == value);
    let (.., needed, yes, no) = row.unwrap();
    if ties & needed == *needed {
        (true, yes)
    } else {
        (false, no)
    }
}

fn ties(relationship: Relationship) -> u8 {
    let (subject, viewer) = (relationship.subject, relationship.viewer);
    let all = [
        (subject.added, SUBJECT_ADDED),
        (subject.close_friend, SUBJECT_MARKED),
        (subject.follows, SUBJECT_FOLLOWS),
        (viewer.added, VIEWER_ADDED),
        (viewer.close_friend, VIEWER_MARKED),
        (viewer.follows, VIEWER_FOLLOWS),
    ];
    all.iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, tie)| tie)
        .sum()
}

/// How the tables name a value.
pub(super) fn name_of(value: &Value) -> &str {
    match value {
        Value::Bool(true) => "on",
        Value::Bool(false) => "off",
        other => other.as_str().unwrap(),
    }
}

/// The value in force of a setting, by its dotted name, read off the document.
pub(super) fn in_force(
    document: &Value,
    name: &str,
    choices: &Map<String, Value>,
    cohorts: &[&str],
) -> Value {
    let setting = &document["settings"][name.strip_prefix("messaging.").unwrap_or(name)];
    let layers = document["layers"].as_array();
    let layers = layers.into_iter().flatten().filter(|layer| {
        let cohort = layer["cohort"].as_str();
        cohort.is_none_or(|cohort| cohorts.contains(&cohort))
    });
    let layers: Vec<_> = layers.collect();
    let allows = |layer: &Value, value: &Value| {
        let allowed = layer["allowed"][name].as_array();
        allowed.is_none_or(|allowed| allowed.contains(value))
    };
    let is_allowed = |value: &&Value| layers.iter().all(|layer| allows(layer, value));
    let takes = |value: &&Value| match setting["type"].as_str() {
        Some("switch") => value.is_boolean(),
        _ => setting["values"].as_array().unwrap().contains(value),
    };
    let chosen = choices.get(name).filter(takes).filter(is_allowed);
    let defaults = layers
        .iter()
        .rev()
        .filter_map(|it| it["defaults"].get(name));
    let own = &setting["default"];
    let default = defaults.chain([own]).find(is_allowed);
    let bounding = || {
        let place = layers
            .iter()
            .rposition(|it| it["allowed"].get(name).is_some())
            .unwrap();
        let inherited = layers[..place]
            .iter()
            .rev()
            .filter(|it| it["cohort"].is_null());
        let mut candidates = std::iter::once(&layers[place]).chain(inherited);
        candidates
            .find_map(|it| it["defaults"].get(name))
            .unwrap_or(own)
    };
    chosen.or(default).unwrap_or_else(bounding).clone()
}
