//! Decisions about requests to follow.

use diesel::prelude::*;
use privet_application::relationships::follows::{Decided, FollowRequestDecision};
use privet_application::user_events::UserEvent;
use privet_database::erasure::neither_is_being_erased;
use privet_database::rows::follows::{CountChanges, FollowRow};
use privet_database::{DbFollowStatus, DbTime, DbUuid};
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::{Pair, Timestamp, UserId};

use super::counts::change_counts;
use super::deletion::delete;
use super::lists::find;
use crate::layout::Layout;
use crate::locks::{hold_existence, hold_existence_of};
use crate::record::{Recorded, record};
use crate::schema::follows;

/// MUST run in a transaction, because it changes counts. Changes the request only if it is still as it was read.
pub(super) fn decide_request(
    connection: &mut PgConnection,
    asked: UserId,
    id: DbUuid,
    decision: FollowRequestDecision,
    now: Timestamp,
) -> QueryResult<Recorded<Decided>> {
    loop {
        let Some(request) = find_by_id(connection, asked, id)? else {
            return Ok(Recorded::unchanged(Decided::NotFound));
        };
        if request.status == FollowStatus::Accepted {
            return Ok(Recorded::unchanged(Decided::AlreadyAccepted));
        }
        let (follow, recorded) = match decision {
            FollowRequestDecision::Accept => {
                let recorded = accept(connection, &request, asked, now)?;
                (request.accepted_at(now), recorded)
            }
            FollowRequestDecision::Decline => (request, decline(connection, &request, now)?),
        };
        // `None` means that another transaction decided the request first: read again.
        if let Some(recorded) = recorded {
            return Ok(recorded.map(|()| Decided::Done(follow)));
        }
    }
}

/// On a distributed database, prevents both users of the request from being created or erased. Otherwise an erasure could
/// see the decided request on the node of the user who was asked, and miss the counts on the node of the other, which are
/// committed later. Holds only the user who was asked if there is no such request.
pub(super) fn hold_parties(
    connection: &mut PgConnection,
    asked: UserId,
    id: DbUuid,
) -> QueryResult<()> {
    let request = find_by_id(connection, asked, id)?;
    match request.and_then(|request| Pair::new(request.follower_id, asked).ok()) {
        Some(pair) => hold_existence(connection, pair, Layout::Spread),
        None => hold_existence_of(connection, asked, Layout::Spread),
    }
}

pub(super) fn find_by_id(
    connection: &mut PgConnection,
    asked: UserId,
    id: DbUuid,
) -> QueryResult<Option<Follow>> {
    let row: Option<FollowRow> = follows::table
        .filter(follows::following_id.eq(DbUuid::from(asked)))
        .filter(follows::id.eq(id))
        .filter(follows::status.ne(DbFollowStatus(FollowStatus::Withheld)))
        .filter(neither_is_being_erased(
            follows::following_id,
            follows::follower_id,
        ))
        .first(connection)
        .optional()?;
    Ok(row.map(Follow::from))
}

/// Makes a withheld request of the other user to the actor pending, and returns it. The caller MUST record it and
/// change the counts.
pub(crate) fn show_withheld(
    connection: &mut PgConnection,
    pair: Pair,
) -> QueryResult<Option<Follow>> {
    let Some(request) = find(connection, pair.reversed())?.map(Follow::from) else {
        return Ok(None);
    };
    let still_withheld = follows::table
        .filter(follows::following_id.eq(DbUuid::from(request.following_id)))
        .filter(follows::id.eq(DbUuid(request.id)))
        .filter(follows::status.eq(DbFollowStatus(FollowStatus::Withheld)));
    let shown = diesel::update(still_withheld)
        .set(follows::status.eq(DbFollowStatus(FollowStatus::Pending)))
        .execute(connection)?;
    Ok((shown == 1).then_some(request))
}

/// Accepts the request. `None` if it does not exist any more.
pub(super) fn accept(
    connection: &mut PgConnection,
    request: &Follow,
    actor_id: UserId,
    now: Timestamp,
) -> QueryResult<Option<Recorded<()>>> {
    let still_pending = follows::table
        .filter(follows::following_id.eq(DbUuid::from(request.following_id)))
        .filter(follows::id.eq(DbUuid(request.id)))
        .filter(follows::status.eq(DbFollowStatus(request.status)))
        .filter(neither_is_being_erased(
            follows::following_id,
            follows::follower_id,
        ));
    let accepted = diesel::update(still_pending)
        .set((
            follows::status.eq(DbFollowStatus(FollowStatus::Accepted)),
            follows::decided_at.eq(DbTime(now)),
        ))
        .execute(connection)?;
    if accepted == 0 {
        return Ok(None);
    }
    let recorded = record(connection, &UserEvent::follows(request, actor_id, now))?;
    change_counts(connection, &CountChanges::accepted(request))?;
    Ok(Some(recorded))
}

/// Deletes the request. `None` if it does not exist any more.
fn decline(
    connection: &mut PgConnection,
    request: &Follow,
    now: Timestamp,
) -> QueryResult<Option<Recorded<()>>> {
    if !delete(connection, request)? {
        return Ok(None);
    }
    let events = UserEvent::follows(request, request.following_id, now);
    let recorded = record(connection, &events)?;
    change_counts(connection, &CountChanges::ended([request]))?;
    Ok(Some(recorded))
}
