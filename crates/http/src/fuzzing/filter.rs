//! Bodies of `POST /api/v1/privacy/filter`.

use privet_application::rules::filter::{Filter, MOST_FILTERED};
use privet_domain::UserId;
use serde_json::Value;

use super::{CORE, LONGEST_ERROR, assert_is_told, read_body};
use crate::features::rules::filter::{PATH, parse_filter};

/// An accepted body has exactly its users in order; a refused one gets a short error.
pub fn filter(data: &[u8]) {
    let Some(body) = read_body(PATH, data) else {
        return;
    };
    let (rule, filter, viewer_is_admin) = match parse_filter(&CORE, &body) {
        Ok(asked) => asked,
        Err(error) => return assert_is_told(PATH, &error, LONGEST_ERROR),
    };
    assert_eq!(body["action"], rule.name());
    let admin = body.get("viewer_is_admin").map(Value::as_bool);
    assert_eq!(admin.unwrap_or(Some(false)), Some(viewer_is_admin));
    let (one, many, user, users) = match &filter {
        Filter::Subjects { viewer, subjects } => ("viewer", "subjects", viewer, subjects),
        Filter::Viewers { subject, viewers } => ("subject", "viewers", subject, viewers),
    };
    assert_eq!(user_id(&body[one]), Some(*user));
    let given = body[many].as_array().expect("it was taken");
    assert!((1..=MOST_FILTERED).contains(&given.len()));
    assert!(
        given
            .iter()
            .map(user_id)
            .eq(users.iter().copied().map(Some))
    );
}

fn user_id(value: &Value) -> Option<UserId> {
    UserId::parse(value.as_str()?).ok()
}
