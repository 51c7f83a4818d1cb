//! Bodies of `PUT /api/v1/privacy/settings`.

use privet_domain::catalogue::{Choices, Family};
use serde_json::{Map, Value};

use super::{CORE, LONGEST_ERROR, assert_is_told, read_body};
use crate::features::settings::messaging_privacy::{PATH, parse_update};

/// An accepted change sets exactly the settings in the body; a refused one gets a short error.
pub fn messaging_update(data: &[u8]) {
    let Some(body) = read_body(PATH, data) else {
        return;
    };
    let update = match parse_update(&CORE, &body) {
        Ok(update) => update,
        Err(error) => return assert_is_told(PATH, &error, LONGEST_ERROR),
    };
    let named = named(&body);
    assert!(!named.is_empty());
    let (before, mut after) = (Choices::default(), Choices::default());
    update.apply(&mut after);
    let before = CORE.shown(Family::Messaging, &before);
    let after = CORE.shown(Family::Messaging, &after);
    for name in named.keys() {
        assert!(after.iter().any(|(known, _)| known == name), "{name}");
    }
    for ((name, value), (_, default)) in after.iter().zip(before) {
        let expected = named.get(*name).unwrap_or(default);
        assert_eq!(*value, expected, "{name}");
    }
}

/// The settings of a body in one of its forms.
fn named(body: &Value) -> Map<String, Value> {
    if let Value::Object(settings) = &body["settings"] {
        return settings.clone();
    }
    let name = body["setting"].as_str().expect("it was taken");
    Map::from_iter([(name.to_owned(), body["value"].clone())])
}
