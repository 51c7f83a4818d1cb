//! Preferences as a tree of groups, as clients see them.

use serde_json::{Map, Value};

/// Keys with their values as a tree of groups.
pub(crate) fn tree<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>) -> Value {
    let mut tree = Map::new();
    for (path, value) in values {
        let mut group = &mut tree;
        let (groups, name) = path.rsplit_once('.').unwrap_or(("", path));
        for part in groups.split('.').filter(|part| !part.is_empty()) {
            let slot = group
                .entry(part)
                .or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(next) = slot else {
                unreachable_group(part)
            };
            group = next;
        }
        group.insert(name.to_owned(), value.clone());
    }
    Value::Object(tree)
}

#[expect(
    clippy::unreachable,
    reason = "a path is a group or a key, never both: both come from one object's members"
)]
fn unreachable_group(part: &str) -> ! {
    unreachable!("{part} is both a group and a key")
}
