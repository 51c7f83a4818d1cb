//! Bodies of `POST /api/v1/privacy/enforce/profile`.

use privet_application::rules::decisions::MOST_PAIRS;
use serde_json::json;
use serde_json::value::RawValue;

use super::{LONGEST_ERROR, assert_is_told, read_body};
use crate::features::rules::enforcement::quoted::{QuotedProfile, quoted_profiles};
use crate::features::rules::enforcement::{PROFILE, parse_profiles};

/// Accepted profiles keep their order, and their members are copied unchanged.
pub fn enforce_profile(data: &[u8]) {
    let Some(body) = read_body(PROFILE, data) else {
        return;
    };
    let (_, profiles) = match parse_profiles(&body, data) {
        Ok(asked) => asked,
        Err(error) => return assert_is_told(PROFILE, &error, LONGEST_ERROR),
    };
    assert!(profiles.len() <= MOST_PAIRS);
    let given: Vec<_> = quoted_profiles(data).expect("it was taken").collect();
    assert_eq!(profiles.len(), given.len());
    let owners: Vec<_> = profiles
        .iter()
        .map(|(owner, _)| owner.to_string())
        .collect();
    let profiles = profiles.into_iter();
    let shown: Vec<_> = profiles
        .map(|(_, profile)| QuotedProfile(profile))
        .collect();
    let answer = serde_json::to_string(&Answer { profiles: &shown }).expect("it can be written");
    let shown: Vec<_> = quoted_profiles(answer.as_bytes())
        .expect("it is JSON")
        .collect();
    assert_eq!(shown.len(), given.len());
    for ((shown, given), owner) in shown.iter().zip(&given).zip(owners) {
        let owner = json!(owner).to_string();
        let expected = given.iter().map(|(name, value)| match name.as_str() {
            "user_id" => (name, owner.as_str()),
            _ => (name, value.get()),
        });
        let shown = shown
            .iter()
            .map(|(name, value)| (name, RawValue::get(value)));
        assert!(shown.eq(expected), "{answer}");
    }
}

#[derive(serde::Serialize)]
struct Answer<'a> {
    profiles: &'a [QuotedProfile],
}
