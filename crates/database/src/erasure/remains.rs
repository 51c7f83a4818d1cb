//! Where rows of an erased user may be left.

/// The rows of one table that name a user in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remains {
    /// The table.
    pub table: &'static str,
    /// The column that names the user.
    pub user: &'static str,
    /// The columns of the primary key.
    pub key: [&'static str; 2],
}

const fn remains(table: &'static str, user: &'static str, key: [&'static str; 2]) -> Remains {
    Remains { table, user, key }
}

const CONTACT: [&str; 2] = ["owner_id", "contact_id"];
const BLOCK: [&str; 2] = ["blocker_id", "blocked_id"];
const FOLLOW: [&str; 2] = ["following_id", "follower_id"];

/// Everything but `users`, where the first transaction deletes, [`FOLLOWS`], and `follow_counts`, where the last one
/// does.
///
/// Users change only their own settings, so that no audit entry of anybody else names an erased user as its
/// actor. When that changes, the actor's column belongs here, and needs an index.
pub const REMAINS: [Remains; 5] = [
    remains("audit_log", "user_id", ["user_id", "id"]),
    remains("contacts", "owner_id", CONTACT),
    remains("contacts", "contact_id", CONTACT),
    remains("blocks", "blocker_id", BLOCK),
    remains("blocks", "blocked_id", BLOCK),
];

/// Follows are apart: whoever deletes some changes counts.
pub const FOLLOWS: [Remains; 2] = [
    remains("follows", "follower_id", FOLLOW),
    remains("follows", "following_id", FOLLOW),
];
