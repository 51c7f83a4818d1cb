//! An evaluator that looks up names in the catalogue document each time. Slow, but short enough to verify by
//! reading.

use serde_json::{Map, Value};

use super::Relationship;

pub(super) fn expected(
    document: &Value,
    action: &str,
    choices: &Map<String, Value>,
    relationship: Relationship,
    admin: bool,
) -> (bool, &'static str) {
    if relationship.is_oneself {
        return (true, "self");
    }
    if relationship.is_erased {
        return (false, "erased");
    }
    if relationship.is_blocked {
        return (false, "blocked");
    }
    let rule = &document["actions"][action];
    let needs = rule["needs"].as_array().unwrap();
    let answers: Vec<_> = needs
        .iter()
        .map(|need| answer(document, need.as_str().unwrap(), choices, relationship))
        .collect();
    let refusal = answers.iter().find(|(allowed, _)| !allowed);
    match refusal {
        Some(_) if admin && rule["admin"] == true => (true, "admin"),
        Some(refusal) => *refusal,
        None => *answers.last().unwrap(),
    }
}

fn answer(
    document: &Value,
    need: &str,
    choices: &Map<String, Value>,
    relationship: Relationship,
) -> (bool, &'static str) {
    let is_private = in_force(document, "account.is_private", choices) == true;
    match need {
        "account" | "public_account" if !is_private => (true, "public_account"),
        "account" if relationship.is_accepted_follower => (true, "accepted_follower"),
        "account" | "public_account" => (false, "private_account"),
        setting => by_setting(&in_force(document, setting, choices), relationship),
    }
}

fn by_setting(value: &Value, relationship: Relationship) -> (bool, &'static str) {
    match value.as_str() {
        None if *value == true => (true, "setting_on"),
        None => (false, "setting_off"),
        Some("everyone") => (true, "everyone"),
        Some("contacts") if relationship.are_mutual_contacts => (true, "mutual_contact"),
        Some("contacts") => (false, "not_a_contact"),
        Some("nobody") => (false, "nobody"),
        Some(other) => panic!("{other}"),
    }
}

/// The choice if the setting accepts it, otherwise the default.
fn in_force(document: &Value, name: &str, choices: &Map<String, Value>) -> Value {
    let setting = &document["settings"][name];
    let dotted = if name.contains('.') {
        name.to_owned()
    } else {
        format!("messaging.{name}")
    };
    let takes = |value: &&Value| match setting["type"].as_str() {
        Some("switch") => value.is_boolean(),
        _ => setting["values"].as_array().unwrap().contains(value),
    };
    let chosen = choices.get(&dotted).filter(takes);
    chosen.unwrap_or(&setting["default"]).clone()
}
