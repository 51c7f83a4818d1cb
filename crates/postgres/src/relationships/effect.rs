//! Changes of relationships that are answered when they are in effect on the nodes of both users.

use diesel::prelude::*;
use privet_database::DbUuid;
use privet_domain::{Pair, UserId};

use crate::layout::Layout;
use crate::locks::{hold_existence, lock_existence_of_all};

/// On a distributed database, prevents both users from being created or erased, as a change does that ends with
/// [`is_in_effect`] and needs no lock elsewhere.
pub(super) fn hold_where_spread(
    connection: &mut PgConnection,
    pair: Pair,
    layout: Layout,
) -> QueryResult<()> {
    if layout.is_spread() {
        hold_existence(connection, pair, layout)?;
    }
    Ok(())
}

/// Returns true when the committed change is in effect. If the change is not seen, either a later change has replaced it,
/// or a node has not committed it yet. Such a node still has the locks of the change, so that an exclusive lock waits for
/// it, at most as long as a statement may take.
///
/// The change MUST have held the existence of these users. MUST be called on a distributed database only, after the
/// transaction.
pub(super) fn is_in_effect(
    connection: &mut PgConnection,
    users: &[UserId],
    is_seen: bool,
) -> QueryResult<bool> {
    if !is_seen {
        let users: Vec<DbUuid> = users.iter().copied().map(DbUuid::from).collect();
        lock_existence_of_all(connection, &users, Layout::Spread)?;
    }
    Ok(true)
}

/// The same for a change that concerns two users.
pub(super) fn is_pair_in_effect(
    connection: &mut PgConnection,
    pair: Pair,
    is_seen: bool,
) -> QueryResult<bool> {
    is_in_effect(connection, &[pair.actor(), pair.other()], is_seen)
}
