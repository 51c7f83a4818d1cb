//! Ending follows and requests.

use diesel::prelude::*;
use privet_application::relationships::follows::FollowEnding;
use privet_application::user_events::UserEvent;
use privet_database::erasure::neither_is_being_erased;
use privet_database::rows::follows::CountChanges;
use privet_database::{DbFollowStatus, DbUuid};
use privet_domain::Pair;
use privet_domain::relationships::follows::{Follow, FollowStatus};

use super::counts::change_counts;
use super::lists::find;
use crate::record::{Recorded, record};
use crate::schema::follows;

/// Ends a follow or a request. Returns whether there was one. MUST run in a transaction, because it changes counts.
pub(super) fn end(
    connection: &mut PgConnection,
    ending: &FollowEnding,
) -> QueryResult<Recorded<bool>> {
    let Some(ended) = find_and_delete(connection, ending.pair, ending.only)? else {
        return Ok(Recorded::unchanged(false));
    };
    let events = UserEvent::follows(&ended, ending.actor_id, ending.now);
    let recorded = record(connection, &events)?;
    change_counts(connection, &CountChanges::ended([&ended]))?;
    Ok(recorded.map(|()| true))
}

/// Deletes the follows and requests between the two, and returns them. The caller MUST record them and change the
/// counts.
pub(crate) fn delete_both_ways(
    connection: &mut PgConnection,
    pair: Pair,
) -> QueryResult<Vec<Follow>> {
    let there = find_and_delete(connection, pair, None)?;
    let back = find_and_delete(connection, pair.reversed(), None)?;
    Ok(there.into_iter().chain(back).collect())
}

/// Deletes the follow if it has this status, and returns it. The caller MUST record it and change the counts.
fn find_and_delete(
    connection: &mut PgConnection,
    pair: Pair,
    only: Option<FollowStatus>,
) -> QueryResult<Option<Follow>> {
    loop {
        let found = find(connection, pair)?.map(Follow::from);
        let wanted = found.filter(|follow| only.is_none_or(|only| follow.status == only));
        let Some(follow) = wanted else {
            return Ok(None);
        };
        // If it was decided, or deleted and created again, in between: read again.
        if delete(connection, &follow)? {
            return Ok(Some(follow));
        }
    }
}

/// Deletes the follow if it is unchanged. Returns whether it was. The caller MUST record it and change the counts.
pub(super) fn delete(connection: &mut PgConnection, follow: &Follow) -> QueryResult<bool> {
    let still_as_read = follows::table
        .filter(follows::following_id.eq(DbUuid::from(follow.following_id)))
        .filter(follows::id.eq(DbUuid(follow.id)))
        .filter(follows::status.eq(DbFollowStatus(follow.status)))
        .filter(neither_is_being_erased(
            follows::following_id,
            follows::follower_id,
        ));
    let deleted = diesel::delete(still_as_read).execute(connection)?;
    Ok(deleted == 1)
}
