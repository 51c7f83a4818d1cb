//! Following somebody, or asking to.

use diesel::dsl::exists;
use diesel::prelude::*;
use privet_application::relationships::follows::{FollowWish, Followed};
use privet_application::user_events::UserEvent;
use privet_database::rows::follows::{CountChanges, WishRow};
use privet_database::{DbFollowStatus, DbTime, DbUuid};
use privet_domain::Pair;
use privet_domain::relationships::follows::{Follow, FollowDecision, FollowStatus, decide_follow};

use super::counts::change_counts;
use super::lists::find;
use super::requests::accept;
use crate::record::{Recorded, record};
use crate::schema::{blocks, erased_users, follows, users};

/// The caller MUST keep others from erasing either of the two, and from making a block between them, until the
/// transaction ends. Requests may be decided and follows ended meanwhile.
pub(super) fn follow(
    connection: &mut PgConnection,
    wish: &FollowWish,
) -> QueryResult<Recorded<Followed>> {
    loop {
        let existing = find(connection, wish.pair)?;
        let facts = match read_facts(connection, wish.pair)?.facts(wish, existing.as_ref()) {
            Ok(facts) => facts,
            Err(ended) => return Ok(Recorded::unchanged(ended)),
        };
        let follow = match (decide_follow(&facts), existing.map(Follow::from)) {
            (FollowDecision::Refuse, _) => return Ok(Recorded::unchanged(Followed::Blocked)),
            (FollowDecision::Keep, follow) => follow.map(Recorded::unchanged),
            (FollowDecision::Create(status), _) => Some(create(connection, wish, status)?),
            (FollowDecision::Accept, Some(request)) => {
                let recorded = accept(connection, &request, wish.pair.actor(), wish.now)?;
                recorded.map(|recorded| recorded.map(|()| request.accepted_at(wish.now)))
            }
            (FollowDecision::Accept, None) => None,
        };
        // Without one the request was decided or taken back in between: read again.
        if let Some(follow) = follow {
            return Ok(follow.map(Followed::Follow));
        }
    }
}

fn read_facts(connection: &mut PgConnection, pair: Pair) -> QueryResult<WishRow> {
    let actor = DbUuid::from(pair.actor());
    let other = DbUuid::from(pair.other());
    let ours = blocks::blocker_id
        .eq(actor)
        .and(blocks::blocked_id.eq(other));
    let theirs = blocks::blocker_id
        .eq(other)
        .and(blocks::blocked_id.eq(actor));
    diesel::select((
        exists(erased_users::table.find(actor)),
        exists(erased_users::table.find(other)),
        exists(blocks::table.filter(ours.or(theirs))),
        users::table
            .find(other)
            .select(users::choices)
            .single_value(),
    ))
    .get_result(connection)
}

fn create(
    connection: &mut PgConnection,
    wish: &FollowWish,
    status: FollowStatus,
) -> QueryResult<Recorded<Follow>> {
    let decided_at = match status {
        FollowStatus::Accepted => Some(wish.now),
        FollowStatus::Pending => None,
    };
    let follow = Follow {
        id: wish.id,
        follower_id: wish.pair.actor(),
        following_id: wish.pair.other(),
        status,
        created_at: wish.now,
        decided_at,
    };
    diesel::insert_into(follows::table)
        .values((
            follows::id.eq(DbUuid(follow.id)),
            follows::follower_id.eq(DbUuid::from(follow.follower_id)),
            follows::following_id.eq(DbUuid::from(follow.following_id)),
            follows::status.eq(DbFollowStatus(follow.status)),
            follows::created_at.eq(DbTime(follow.created_at)),
            follows::decided_at.eq(follow.decided_at.map(DbTime)),
        ))
        .execute(connection)?;
    let events = UserEvent::follows(&follow, follow.follower_id, wish.now);
    let recorded = record(connection, &events)?;
    change_counts(connection, &CountChanges::made(&follow))?;
    Ok(recorded.map(|()| follow))
}
