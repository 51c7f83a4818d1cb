//! Import of many follows and requests in a few statements.

mod spread;

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid};
use privet_application::transfer::{FollowBatch, Made};
use privet_application::user_events::UserEvent;
use privet_database::rows::follows::{CountChange, CountChanges};
use privet_database::{DbFollowStatus, DbTime, DbUuid};
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::{Pair, Timestamp, UserId};

use super::counts::change_counts;
use super::lists::find;
use super::requests::accept;
use crate::layout::Layout;
use crate::record::{Recorded, record};
use crate::tombstones::erased_among;

/// A user, and another user whom they block or follow.
type Key = (UserId, UserId);

/// Stores follows and requests that are not there yet.
///
/// The caller MUST prevent other transactions from erasing users, from creating or removing blocks, and from creating
/// follows until the transaction ends.
pub(crate) fn import_follows(
    connection: &mut PgConnection,
    batch: &FollowBatch,
    layout: Layout,
) -> QueryResult<Recorded<Vec<Made>>> {
    let follows = &batch.follows;
    let pairs = follows
        .iter()
        .filter_map(|it| Pair::new(it.follower_id, it.following_id).ok());
    let erased = erased_among(connection, pairs)?;
    let blocks = blocks_among(connection, follows, layout)?;
    let decide = |follow: &Follow| {
        let (follower, following) = (follow.follower_id, follow.following_id);
        if erased.contains(&follower) || erased.contains(&following) {
            Err(Made::Skipped)
        } else if blocks.contains(&(follower, following)) {
            Err(Made::FollowerBlocks)
        } else if blocks.contains(&(following, follower)) {
            Ok(Follow {
                status: FollowStatus::Withheld,
                decided_at: None,
                ..*follow
            })
        } else {
            Ok(*follow)
        }
    };
    let decided: Vec<Result<Follow, Made>> = follows.iter().map(decide).collect();
    let here: Vec<Follow> = decided.iter().filter_map(|it| it.ok()).collect();
    let inserted = if layout.is_spread() {
        spread::insert(connection, &here)?
    } else {
        insert(connection, &here)?
    };
    let new: Vec<_> = here.iter().filter(|it| inserted.contains(&it.id)).collect();
    let events = new
        .iter()
        .flat_map(|it| UserEvent::follows(it, it.follower_id, batch.now));
    let recorded = record(connection, &events.collect::<Vec<_>>())?;
    let changes = CountChanges::all_made(new);
    if layout.is_spread() {
        change_counts(connection, &changes)?;
    } else {
        add_counts(connection, &changes)?;
    }
    let made = decided.into_iter().map(|decided| match decided {
        Ok(follow) if inserted.contains(&follow.id) => Made::Created,
        Ok(_) => Made::Unchanged,
        Err(made) => made,
    });
    let made = made.collect();
    Ok(recorded.map(|()| made))
}

fn ids(follows: &[Follow], of: impl Fn(&Follow) -> UserId) -> Vec<DbUuid> {
    follows.iter().map(|it| of(it).into()).collect()
}

#[derive(QueryableByName)]
struct BlockRow {
    #[diesel(sql_type = Uuid)]
    blocker_id: DbUuid,
    #[diesel(sql_type = Uuid)]
    blocked_id: DbUuid,
}

/// The blocks between the users of these follows, in either direction.
fn blocks_among(
    connection: &mut PgConnection,
    follows: &[Follow],
    layout: Layout,
) -> QueryResult<HashSet<Key>> {
    let followers = ids(follows, |it| it.follower_id);
    let following = ids(follows, |it| it.following_id);
    let rows: Vec<BlockRow> = diesel::sql_query(match layout {
        Layout::Whole => {
            "SELECT blocks.blocker_id, blocks.blocked_id \
             FROM unnest($1 || $2, $2 || $1) AS asked (blocker_id, blocked_id) \
             JOIN blocks ON blocks.blocker_id = asked.blocker_id AND blocks.blocked_id = asked.blocked_id"
        }
        // With an ordinality, the nodes execute the function.
        Layout::Spread => {
            "SELECT blocks.blocker_id, blocks.blocked_id \
             FROM unnest($1 || $2, $2 || $1) WITH ORDINALITY AS asked (blocker_id, blocked_id, place) \
             JOIN blocks ON blocks.blocker_id = asked.blocker_id AND blocks.blocked_id = asked.blocked_id"
        }
    })
    .bind::<Array<Uuid>, _>(followers)
    .bind::<Array<Uuid>, _>(following)
    .load(connection)?;
    let key = |row: BlockRow| {
        (
            UserId::from_uuid(row.blocker_id.0),
            UserId::from_uuid(row.blocked_id.0),
        )
    };
    Ok(rows.into_iter().map(key).collect())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Uuid)]
    id: DbUuid,
}

/// Inserts the follows that are not there. Returns their ids.
fn insert(connection: &mut PgConnection, follows: &[Follow]) -> QueryResult<HashSet<uuid::Uuid>> {
    let new_ids: Vec<_> = follows.iter().map(|it| DbUuid(it.id)).collect();
    let statuses: Vec<_> = follows.iter().map(|it| DbFollowStatus(it.status)).collect();
    let created: Vec<_> = follows.iter().map(|it| DbTime(it.created_at)).collect();
    let decided: Vec<_> = follows.iter().map(|it| it.decided_at.map(DbTime)).collect();
    let rows: Vec<IdRow> = diesel::sql_query(
        "INSERT INTO follows (id, follower_id, following_id, status, created_at, decided_at) \
         SELECT line.* FROM unnest($1, $2, $3, $4, $5, $6) \
         AS line (id, follower_id, following_id, status, created_at, decided_at) \
         ORDER BY line.following_id, line.follower_id \
         ON CONFLICT (following_id, follower_id) DO NOTHING RETURNING id",
    )
    .bind::<Array<Uuid>, _>(new_ids)
    .bind::<Array<Uuid>, _>(ids(follows, |it| it.follower_id))
    .bind::<Array<Uuid>, _>(ids(follows, |it| it.following_id))
    .bind::<Array<Text>, _>(statuses)
    .bind::<Array<Timestamptz>, _>(created)
    .bind::<Array<Nullable<Timestamptz>>, _>(decided)
    .load(connection)?;
    Ok(rows.into_iter().map(|row| row.id.0).collect())
}

/// Adds to the counts of many users, in the order of the keys. No count is reduced.
fn add_counts(connection: &mut PgConnection, changes: &CountChanges) -> QueryResult<()> {
    let (users, changes): (Vec<DbUuid>, Vec<CountChange>) = changes.by_user().unzip();
    let numbers = |of: fn(&CountChange) -> i64| changes.iter().map(of).collect::<Vec<_>>();
    diesel::sql_query(
        "INSERT INTO follow_counts (user_id, followers, following, requests_received) \
         SELECT line.* FROM unnest($1, $2, $3, $4) \
         AS line (user_id, followers, following, requests_received) \
         ORDER BY line.user_id \
         ON CONFLICT (user_id) DO UPDATE SET followers = follow_counts.followers + excluded.followers, \
         following = follow_counts.following + excluded.following, \
         requests_received = follow_counts.requests_received + excluded.requests_received",
    )
    .bind::<Array<Uuid>, _>(users)
    .bind::<Array<BigInt>, _>(numbers(|change| change.followers))
    .bind::<Array<BigInt>, _>(numbers(|change| change.following))
    .bind::<Array<BigInt>, _>(numbers(|change| change.requests_received))
    .execute(connection)
    .map(drop)
}

/// Accepts the request of the pair's actor. Returns whether there was one.
pub(crate) fn accept_request(
    connection: &mut PgConnection,
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
