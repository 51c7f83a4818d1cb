//! Bodies of `PATCH /api/users/me/preferences/`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use privet_domain::catalogue::Choices;
use privet_domain::catalogue::preferences::{PreferencesSchema, PreferencesUpdate};
use serde_json::{Value, json};

use super::{assert_is_told, read_body};
use crate::features::settings::preferences::{PATH, invalid};

/// The maximum size of an error relative to the input: an error names unknown keys.
pub const GROWTH: usize = 16;

/// The built-in schema.
pub static SCHEMA: LazyLock<PreferencesSchema> = LazyLock::new(PreferencesSchema::built_in);

static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let chosen = Choices::default();
    SCHEMA
        .effective(&chosen)
        .map(|(key, _)| key.to_owned())
        .collect()
});

/// A change is applied completely or not at all: it sets exactly its keys, and it is idempotent.
pub fn preferences_patch(data: &[u8]) {
    let Some(body) = read_body(PATH, data) else {
        return;
    };
    let update = match SCHEMA.parse_update(&body) {
        Ok(update) => update,
        Err(error) => {
            let longest = GROWTH * data.len() + 1_024;
            return assert_is_told(PATH, &invalid(error), longest);
        }
    };
    let mut named = BTreeMap::new();
    note_members("", &body, &mut named);
    for before in [Choices::default(), everything_chosen()] {
        let after = applied(&update, &before);
        assert_eq!(applied(&update, &after), after);
        for (key, shown) in SCHEMA.effective(&after) {
            assert!(after.get(key).is_none_or(|chosen| chosen == shown), "{key}");
            match named.get(key) {
                None => assert_eq!(after.get(key), before.get(key), "{key}"),
                Some(None) => assert_eq!(after.get(key), None, "{key}"),
                Some(Some(given)) => assert_stands_for(key, given, after.get(key)),
            }
        }
    }
}

/// The content of a body by dotted key: a value, or none for a reset.
fn note_members(group: &str, members: &Value, named: &mut BTreeMap<String, Option<Value>>) {
    let members = members.as_object().expect("it was taken");
    for (name, value) in members {
        let path = match group {
            "" => name.clone(),
            group => format!("{group}.{name}"),
        };
        let below = format!("{path}.");
        let keys = KEYS
            .iter()
            .filter(|key| **key == path || key.starts_with(&below));
        let keys: Vec<_> = keys.cloned().collect();
        assert!(!keys.is_empty(), "{path} is unknown");
        if value.is_null() {
            named.extend(keys.into_iter().map(|key| (key, None)));
        } else if keys == [path.clone()] {
            named.insert(path, Some(value.clone()));
        } else {
            note_members(&path, value, named);
        }
    }
}

/// A stored value equals the given one in canonical form, and does not change when it is sent again.
fn assert_stands_for(key: &str, given: &Value, kept: Option<&Value>) {
    let kept = kept.expect("it was given");
    match (given, kept) {
        (Value::String(given), Value::String(kept)) => {
            assert!(given.eq_ignore_ascii_case(kept), "{key}: {given} {kept}");
        }
        (given, kept) => assert_eq!(given, kept, "{key}"),
    }
    let again = SCHEMA.parse_update(&json!({key: kept}));
    let again = again.map(|update| applied(&update, &Choices::default()));
    assert_eq!(
        again.as_ref().ok().and_then(|chosen| chosen.get(key)),
        Some(kept)
    );
}

/// All keys, each chosen with its default.
pub fn everything_chosen() -> Choices {
    let shown = SCHEMA.effective_tree(&Choices::default());
    let update = SCHEMA.parse_update(&shown).expect("defaults are allowed");
    applied(&update, &Choices::default())
}

/// The choices after an update.
pub fn applied(update: &PreferencesUpdate, before: &Choices) -> Choices {
    let mut after = before.clone();
    update.apply(&mut after);
    after
}
