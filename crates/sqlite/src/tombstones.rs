//! Tombstones: who was erased.

use diesel::dsl::exists;
use diesel::prelude::*;
use privet_application::relationships::Party;
use privet_database::DbUuid;
use privet_domain::Pair;

use crate::schema::erased_users;

pub(crate) fn is_erased(connection: &mut SqliteConnection, user_id: DbUuid) -> QueryResult<bool> {
    diesel::select(exists(erased_users::table.find(user_id))).get_result(connection)
}

/// Which of the two was erased; the actor, if both were.
pub(crate) fn erased_party(
    connection: &mut SqliteConnection,
    pair: Pair,
) -> QueryResult<Option<Party>> {
    let is_erased = |user_id| exists(erased_users::table.find(DbUuid::from(user_id)));
    let (actor, other): (bool, bool) =
        diesel::select((is_erased(pair.actor()), is_erased(pair.other())))
            .get_result(connection)?;
    Ok(if actor {
        Some(Party::Actor)
    } else {
        other.then_some(Party::Other)
    })
}
