//! Where rows of an erased user may be left.

use crate::rows::list_counts::BoundedList;

/// The rows of one table that name a user in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remains {
    /// The table.
    pub table: &'static str,
    /// The column that names the user.
    pub user: &'static str,
    /// The columns of the primary key.
    pub key: [&'static str; 2],
    /// The column of the user whose list gets shorter with each row, and which of their lists that is. `None` where the
    /// erased user's own does, whose lengths go as a whole.
    pub shortens: Option<(&'static str, BoundedList)>,
}

const fn remains(table: &'static str, user: &'static str, key: [&'static str; 2]) -> Remains {
    Remains {
        table,
        user,
        key,
        shortens: None,
    }
}

const fn shortens(list: BoundedList, remains: Remains) -> Remains {
    let [owner, _] = remains.key;
    Remains {
        shortens: Some((owner, list)),
        ..remains
    }
}

const CONTACT: [&str; 2] = ["owner_id", "contact_id"];
const BLOCK: [&str; 2] = ["blocker_id", "blocked_id"];
const EXCEPTION: [&str; 2] = ["owner_id", "person_id"];
const FOLLOW: [&str; 2] = ["following_id", "follower_id"];

/// Everything but `users`, where the first transaction deletes, [`FOLLOWS`], and `list_counts` and `follow_counts`, where
/// the last one does.
///
/// Besides users themselves only services change a user's settings, and services are no users: no audit entry of anybody
/// else names an erased user as its actor. When that changes, the actor's column belongs here, and needs an index.
pub const REMAINS: [Remains; 7] = [
    remains("audit_log", "user_id", ["user_id", "id"]),
    remains("contacts", "owner_id", CONTACT),
    shortens(
        BoundedList::Contacts,
        remains("contacts", "contact_id", CONTACT),
    ),
    remains("blocks", "blocker_id", BLOCK),
    shortens(BoundedList::Blocks, remains("blocks", "blocked_id", BLOCK)),
    remains("exceptions", "owner_id", EXCEPTION),
    shortens(
        BoundedList::Exceptions,
        remains("exceptions", "person_id", EXCEPTION),
    ),
];

/// Follows are apart: whoever deletes some changes counts.
pub const FOLLOWS: [Remains; 2] = [
    remains("follows", "follower_id", FOLLOW),
    remains("follows", "following_id", FOLLOW),
];
