//! The tables and columns in which rows of an erased user may be left.

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
    /// The column of the user whose list gets shorter with each deleted row, and the kind of the list. `None` if it is
    /// a list of the erased user: the lengths of those are deleted with the user's row of `list_counts`.
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

/// All tables with rows of a user, except `users`, which the first transaction of an erasure deletes from, [`FOLLOWS`],
/// and `list_counts` and `follow_counts`, which the last transaction deletes from.
///
/// The actor of an audit entry is either the user whose settings changed or a service. So no audit entry of another
/// user names an erased user as its actor, unless the id of a service is erased as if it were a user: the histories of
/// others still name it. If users become actors, the actor's column belongs here, and needs an index.
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

/// Follows are separate, because deleting them also changes the follow counts.
pub const FOLLOWS: [Remains; 2] = [
    remains("follows", "follower_id", FOLLOW),
    remains("follows", "following_id", FOLLOW),
];
