//! Bodies of `POST /api/users/me/preferences/reset/`.

use privet_domain::catalogue::Choices;
use privet_domain::catalogue::preferences::PreferencesUpdate;
use privet_http_core::errors::ApiError;
use serde_json::Value;

use super::preferences_patch::{GROWTH, SCHEMA, applied, everything_chosen};
use super::{assert_is_told, read_body};
use crate::features::settings::preferences::{RESET_PATH, invalid, parse_reset};

/// A reset deletes exactly the named keys and groups; without names it deletes everything.
pub fn preferences_reset(data: &[u8]) {
    let Some(body) = read_body(RESET_PATH, data) else {
        return;
    };
    match read(&body) {
        Ok(update) => assert_forgets(&update, &body),
        Err(error) => assert_is_told(RESET_PATH, &error, GROWTH * data.len() + 1_024),
    }
}

fn read(body: &Value) -> Result<PreferencesUpdate, ApiError> {
    match parse_reset(Some(body))? {
        None => Ok(PreferencesUpdate::reset_all()),
        Some(names) => SCHEMA.parse_reset(&names).map_err(invalid),
    }
}

fn assert_forgets(update: &PreferencesUpdate, body: &Value) {
    let before = everything_chosen();
    let after = applied(update, &before);
    let named = body.get("keys").map(|keys| {
        let keys = keys.as_array().expect("it was taken").iter();
        keys.map(|key| key.as_str().expect("it was taken"))
            .collect::<Vec<_>>()
    });
    let is_named = |key: &str| {
        let named = named.iter().flatten();
        let mut matching = named.filter_map(|name| key.strip_prefix(name));
        matching.any(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    for (key, _) in SCHEMA.effective(&Choices::default()) {
        let is_forgotten = named.is_none() || is_named(key);
        let expected = before.get(key).filter(|_| !is_forgotten);
        assert_eq!(after.get(key), expected, "{key}");
    }
}
