//! Creating follows and requests to follow.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use privet_application::relationships::follows::{FollowWish, Followed};
use privet_application::user_events::UserEvent;
use privet_database::rows::follows::{CountChanges, WishRow};
use privet_database::{DbFollowStatus, DbTime, DbUuid};
use privet_domain::relationships::follows::{Follow, FollowDecision, FollowStatus, decide_follow};

use super::counts::change_counts;
use super::lists::find;
use super::requests::accept;
use crate::record::{Recorded, record};
use crate::schema::{blocks, erased_users, exceptions, follows, users};

/// The caller MUST prevent other transactions from erasing either user, and from creating or removing a block between
/// them, until the transaction ends. Other transactions may decide requests and end follows at the same time.
pub(super) fn follow(
    connection: &mut SqliteConnection,
    wish: &FollowWish,
) -> QueryResult<Recorded<Followed>> {
    loop {
        let existing = find(connection, wish.pair)?;
        let facts = match read_facts(connection, wish)?.facts(wish, existing.as_ref()) {
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
        // `None` means that the request was decided or withdrawn in between: read again.
        if let Some(follow) = follow {
            return Ok(follow.map(Followed::Follow));
        }
    }
}

fn read_facts(connection: &mut SqliteConnection, wish: &FollowWish) -> QueryResult<WishRow> {
    let actor = DbUuid::from(wish.pair.actor());
    let other = DbUuid::from(wish.pair.other());
    let asks = wish.asks_for_viewer();
    let viewer = || users::table.find(actor).filter(asks.into_sql::<Bool>());
    let exceptions_of = |owner, person| {
        let row = exceptions::table.find((owner, person));
        row.select(exceptions::by_action)
    };
    diesel::select((
        exists(erased_users::table.find(actor)),
        exists(erased_users::table.find(other)),
        exists(blocks::table.find((actor, other))),
        exists(blocks::table.find((other, actor))),
        (
            users::table
                .find(other)
                .select(users::choices)
                .single_value(),
            users::table
                .find(other)
                .select(users::cohorts)
                .single_value(),
            exceptions_of(other, actor).single_value(),
        ),
        (
            viewer().select(users::choices).single_value(),
            viewer().select(users::cohorts).single_value(),
            exceptions_of(actor, other)
                .filter(asks.into_sql::<Bool>())
                .single_value(),
        ),
    ))
    .get_result(connection)
}

fn create(
    connection: &mut SqliteConnection,
    wish: &FollowWish,
    status: FollowStatus,
) -> QueryResult<Recorded<Follow>> {
    let decided_at = match status {
        FollowStatus::Accepted => Some(wish.now),
        FollowStatus::Pending | FollowStatus::Withheld => None,
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
