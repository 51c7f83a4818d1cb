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
use crate::layout::Layout;
use crate::schema::erased_users;

#[async_trait]
impl TombstoneStore for PostgresStore {
    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        let layout = self.layout.clone();
        self.executor
            .read(move |connection| is_erased(connection, user_id.into(), layout.get()))
            .await
    }
}

fn is_erased(connection: &mut PgConnection, user_id: DbUuid, layout: Layout) -> QueryResult<bool> {
    if layout.is_spread() {
        return Ok(!erased_of(connection, vec![user_id])?.is_empty());
    }
    diesel::select(exists(erased_users::table.find(user_id))).get_result(connection)
}

/// Those of the users of these pairs who were erased.
pub(crate) fn erased_among(
    connection: &mut PgConnection,
    pairs: impl Iterator<Item = Pair>,
) -> QueryResult<HashSet<UserId>> {
    let ids = pairs.flat_map(|pair| [pair.actor(), pair.other()]);
    let ids: HashSet<UserId> = ids.collect();
    let erased = erased_of(connection, ids.into_iter().map(DbUuid::from).collect())?;
    let erased = erased.into_iter();
    Ok(erased.map(|id| UserId::from_uuid(id.0)).collect())
}

/// Those of these users who were erased, in any order.
pub(crate) fn erased_of(
    connection: &mut PgConnection,
    user_ids: Vec<DbUuid>,
) -> QueryResult<Vec<DbUuid>> {
    erased_users::table
        .filter(erased_users::user_id.eq_any(user_ids))
        .select(erased_users::user_id)
        .load(connection)
}

/// The erased one of the two users; the actor, if both were erased.
pub(crate) fn erased_party(
    connection: &mut PgConnection,
    pair: Pair,
    layout: Layout,
) -> QueryResult<Option<Party>> {
    if layout.is_spread() {
        let erased = erased_among(connection, [pair].into_iter())?;
        return Ok(party(
            erased.contains(&pair.actor()),
            erased.contains(&pair.other()),
        ));
    }
    let is_erased = |user_id| exists(erased_users::table.find(DbUuid::from(user_id)));
    let (actor, other): (bool, bool) =
        diesel::select((is_erased(pair.actor()), is_erased(pair.other())))
            .get_result(connection)?;
    Ok(party(actor, other))
}

fn party(actor_is_erased: bool, other_is_erased: bool) -> Option<Party> {
    if actor_is_erased {
        Some(Party::Actor)
    } else {
        other_is_erased.then_some(Party::Other)
    }
}
