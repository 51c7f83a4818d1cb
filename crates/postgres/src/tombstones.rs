//! Tombstones of erased users.

use std::collections::HashSet;

use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::relationships::Party;
use privet_application::tombstones::TombstoneStore;
use privet_database::DbUuid;
use privet_domain::{Pair, UserId};

use crate::PostgresStore;
use crate::schema::erased_users;

#[async_trait]
impl TombstoneStore for PostgresStore {
    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.executor
            .read(move |connection| is_erased(connection, user_id.into()))
            .await
    }
}

pub(crate) fn is_erased(connection: &mut PgConnection, user_id: DbUuid) -> QueryResult<bool> {
    diesel::select(exists(erased_users::table.find(user_id))).get_result(connection)
}

/// Those of the users of these pairs who were erased.
pub(crate) fn erased_among(
    connection: &mut PgConnection,
    pairs: impl Iterator<Item = Pair>,
) -> QueryResult<HashSet<UserId>> {
    let ids = pairs.flat_map(|pair| [pair.actor(), pair.other()]);
    let ids: HashSet<UserId> = ids.collect();
    let ids: Vec<DbUuid> = ids.into_iter().map(DbUuid::from).collect();
    let erased: Vec<DbUuid> = erased_users::table
        .filter(erased_users::user_id.eq_any(ids))
        .select(erased_users::user_id)
        .load(connection)?;
    let erased = erased.into_iter();
    Ok(erased.map(|id| UserId::from_uuid(id.0)).collect())
}

/// The erased one of the two users; the actor, if both were erased.
pub(crate) fn erased_party(
    connection: &mut PgConnection,
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
