//! Import of follows and requests.

use diesel::dsl::exists;
use diesel::prelude::*;
use privet_application::transfer::{FollowBatch, Made};
use privet_application::user_events::UserEvent;
use privet_database::rows::follows::CountChanges;
use privet_database::{DbFollowStatus, DbTime, DbUuid};
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::{Pair, Timestamp};

use super::counts::change_counts;
use super::lists::find;
use super::requests::accept;
use crate::record::{Recorded, record};
use crate::schema::{blocks, erased_users, follows};

/// Stores follows and requests that are not there yet.
pub(crate) fn import_follows(
    connection: &mut SqliteConnection,
    batch: &FollowBatch,
) -> QueryResult<Recorded<Vec<Made>>> {
    let (mut all, mut events) = (Vec::with_capacity(batch.follows.len()), Vec::new());
    for follow in &batch.follows {
        let (made, follow) = import(connection, *follow)?;
        if made == Made::Created {
            events.extend(UserEvent::follows(&follow, follow.follower_id, batch.now));
        }
        all.push(made);
    }
    let recorded = record(connection, &events)?;
    Ok(recorded.map(|()| all))
}

/// Stores a follow. Returns it with its status.
fn import(connection: &mut SqliteConnection, follow: Follow) -> QueryResult<(Made, Follow)> {
    let [follower, following] = [follow.follower_id, follow.following_id].map(DbUuid::from);
    let (is_erased, other_is_erased, has_blocked, is_blocked): (bool, bool, bool, bool) =
        diesel::select((
            exists(erased_users::table.find(follower)),
            exists(erased_users::table.find(following)),
            exists(blocks::table.find((follower, following))),
            exists(blocks::table.find((following, follower))),
        ))
        .get_result(connection)?;
    if is_erased || other_is_erased {
        return Ok((Made::Skipped, follow));
    }
    if has_blocked {
        return Ok((Made::FollowerBlocks, follow));
    }
    let follow = if is_blocked {
        Follow {
            status: FollowStatus::Withheld,
            decided_at: None,
            ..follow
        }
    } else {
        follow
    };
    let inserted = diesel::insert_into(follows::table)
        .values((
            follows::id.eq(DbUuid(follow.id)),
            follows::follower_id.eq(follower),
            follows::following_id.eq(following),
            follows::status.eq(DbFollowStatus(follow.status)),
            follows::created_at.eq(DbTime(follow.created_at)),
            follows::decided_at.eq(follow.decided_at.map(DbTime)),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    if inserted == 0 {
        return Ok((Made::Unchanged, follow));
    }
    change_counts(connection, &CountChanges::made(&follow))?;
    Ok((Made::Created, follow))
}

/// Accepts the request of the pair's actor. Returns whether there was one.
pub(crate) fn accept_request(
    connection: &mut SqliteConnection,
    pair: Pair,
    now: Timestamp,
) -> QueryResult<Recorded<bool>> {
    let existing = find(connection, pair)?.map(Follow::from);
    let request = existing.filter(|follow| follow.status == FollowStatus::Pending);
    let accepted = match request {
        Some(request) => accept(connection, &request, pair.other(), now)?,
        None => None,
    };
    let accepted = accepted.map(|recorded| recorded.map(|()| true));
    Ok(accepted.unwrap_or_else(|| Recorded::unchanged(false)))
}
