//! Bodies of `POST /api/v1/privacy/decisions`.

use privet_application::rules::decisions::MOST_PAIRS;
use privet_domain::UserId;
use serde_json::Value;

use super::{CORE, LONGEST_ERROR, assert_is_told, read_body};
use crate::features::rules::decisions::{DECISIONS, parse_checks};

/// An accepted body has exactly its checks in order; a refused one gets a short error.
pub fn decisions(data: &[u8]) {
    let Some(body) = read_body(DECISIONS, data) else {
        return;
    };
    let checks = match parse_checks(&CORE, &body) {
        Ok(checks) => checks,
        Err(error) => return assert_is_told(DECISIONS, &error, LONGEST_ERROR),
    };
    let asked = body["checks"].as_array().expect("it was taken");
    assert_eq!(checks.len(), asked.len());
    assert!((1..=MOST_PAIRS).contains(&checks.len()));
    for (check, asked) in checks.iter().zip(asked) {
        assert_eq!(Some(check.question.viewer), user_id(&asked["viewer"]));
        assert_eq!(Some(check.question.subject), user_id(&asked["subject"]));
        assert_eq!(asked["action"], check.rule.name());
        let admin = asked.get("viewer_is_admin").map(Value::as_bool);
        assert_eq!(admin.unwrap_or(Some(false)), Some(check.viewer_is_admin));
    }
}

fn user_id(value: &Value) -> Option<UserId> {
    UserId::parse(value.as_str()?).ok()
}
