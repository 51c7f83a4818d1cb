//! Bodies of `POST /api/v1/privacy/preview`.

use privet_domain::UserId;

use super::{LONGEST_ERROR, assert_is_told, read_body};
use crate::features::rules::explanations::{PREVIEW, parse_profile};

/// The caller, whose profile it must be.
const OWNER: &str = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d";

/// An accepted profile is the caller's own; a refused one gets a short error.
pub fn preview(data: &[u8]) {
    let Some(body) = read_body(PREVIEW, data) else {
        return;
    };
    let owner = UserId::parse(OWNER).expect("it is an id");
    match parse_profile(owner, &body, data) {
        Ok(_) => {
            let given = body["profile"].as_object().expect("it was taken");
            let id = given
                .get("user_id")
                .map(|id| id.as_str().unwrap_or_default());
            assert!(id.is_none_or(|id| UserId::parse(id).ok() == Some(owner)));
        }
        Err(error) => assert_is_told(PREVIEW, &error, LONGEST_ERROR),
    }
}
