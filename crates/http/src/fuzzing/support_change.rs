//! Bodies of `PATCH /api/v1/admin/users/{userId}/settings`.

use privet_domain::catalogue::Family;

use super::{CORE, LONGEST_ERROR, assert_is_told, read_body};
use crate::features::administration::support::parse_change;

const PATH: &str = "/api/v1/admin/users/{userId}/settings";

/// An accepted body changes only families that it names; a refused one gets a short error.
pub fn support_change(data: &[u8]) {
    let Some(body) = read_body(PATH, data) else {
        return;
    };
    let update = match parse_change(&CORE, &body) {
        Ok(update) => update,
        Err(error) => return assert_is_told(PATH, &error, LONGEST_ERROR),
    };
    let wanted = body["settings"].as_object().expect("it was taken");
    assert!(!wanted.is_empty() && !update.is_empty());
    for family in update.families() {
        let prefix = Family::as_str(family);
        assert!(wanted.keys().any(|name| name.starts_with(prefix)));
    }
}
