//! Import of many follows into a distributed database. It refuses statements that insert the rows of a function on
//! several nodes; rows that are written out in VALUES are sent to their nodes.

use std::collections::HashSet;

use diesel::prelude::*;
use privet_database::{DbFollowStatus, DbTime, DbUuid};
use privet_domain::relationships::follows::Follow;

use crate::schema::follows;

/// Inserts the follows that are not there. Returns their ids.
pub(super) fn insert(
    connection: &mut PgConnection,
    lines: &[Follow],
) -> QueryResult<HashSet<uuid::Uuid>> {
    if lines.is_empty() {
        return Ok(HashSet::new());
    }
    let mut lines = lines.to_vec();
    lines.sort_unstable_by_key(|line| (line.following_id.as_uuid(), line.follower_id.as_uuid()));
    let rows = lines.iter().map(|line| {
        (
            follows::id.eq(DbUuid(line.id)),
            follows::follower_id.eq(DbUuid::from(line.follower_id)),
            follows::following_id.eq(DbUuid::from(line.following_id)),
            follows::status.eq(DbFollowStatus(line.status)),
            follows::created_at.eq(DbTime(line.created_at)),
            follows::decided_at.eq(line.decided_at.map(DbTime)),
        )
    });
    let new: Vec<DbUuid> = diesel::insert_into(follows::table)
        .values(rows.collect::<Vec<_>>())
        .on_conflict_do_nothing()
        .returning(follows::id)
        .get_results(connection)?;
    Ok(new.into_iter().map(|id| id.0).collect())
}
