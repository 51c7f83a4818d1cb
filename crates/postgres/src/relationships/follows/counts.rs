//! The stored counts of follows.

mod spread;

use diesel::prelude::*;
use privet_application::relationships::follows::FollowList;
use privet_database::DbUuid;
use privet_database::erasure::IsNotBeingErased;
use privet_database::rows::follows::{CountChange, CountChanges, CountsRow, HiddenFollows};
use privet_domain::UserId;

use crate::layout::Layout;
use crate::schema::follow_counts::{self, followers, following, requests_received};

/// A user without a row has empty lists. One statement, so that the stored counts and the hidden rows are of the same
/// snapshot.
pub(crate) fn count(
    connection: &mut PgConnection,
    user_id: UserId,
    layout: Layout,
) -> QueryResult<Option<CountsRow>> {
    if layout.is_spread() {
        return spread::count(connection, user_id.into());
    }
    follow_counts::table
        .find(DbUuid::from(user_id))
        .filter(IsNotBeingErased(follow_counts::user_id))
        .select((
            followers,
            following,
            requests_received,
            HiddenFollows(FollowList::Followers),
            HiddenFollows(FollowList::Following),
            HiddenFollows(FollowList::RequestsReceived),
        ))
        .first(connection)
        .optional()
}

/// MUST be called last in every transaction that changes follows: a user with many followers has one row of counts,
/// and a transaction that changes it locks it until its end.
pub(crate) fn change_counts(
    connection: &mut PgConnection,
    changes: &CountChanges,
) -> QueryResult<()> {
    for (user_id, change) in changes.by_user() {
        if change.takes_away() {
            subtract(connection, user_id, change)?;
        } else {
            add(connection, user_id, change)?;
        }
    }
    Ok(())
}

/// If a count is reduced, the user has a row already.
fn subtract(
    connection: &mut PgConnection,
    user_id: DbUuid,
    change: CountChange,
) -> QueryResult<()> {
    diesel::update(follow_counts::table.find(user_id))
        .set((
            followers.eq(followers + change.followers),
            following.eq(following + change.following),
            requests_received.eq(requests_received + change.requests_received),
        ))
        .execute(connection)
        .map(drop)
}

fn add(connection: &mut PgConnection, user_id: DbUuid, change: CountChange) -> QueryResult<()> {
    diesel::insert_into(follow_counts::table)
        .values((
            follow_counts::user_id.eq(user_id),
            followers.eq(change.followers),
            following.eq(change.following),
            requests_received.eq(change.requests_received),
        ))
        .on_conflict(follow_counts::user_id)
        .do_update()
        .set((
            followers.eq(followers + change.followers),
            following.eq(following + change.following),
            requests_received.eq(requests_received + change.requests_received),
        ))
        .execute(connection)
        .map(drop)
}
