//! Creating follows and requests to follow.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use privet_application::relationships::follows::{FollowWish, Followed};
use privet_application::user_events::UserEvent;
use privet_database::rows::decisions::PartyRow;
use privet_database::rows::follows::{CountChanges, WishRow};
use privet_database::{DbChoices, DbCohorts, DbFollowStatus, DbTime, DbUuid};
use privet_domain::relationships::follows::{Follow, FollowDecision, FollowStatus, decide_follow};

use super::counts::change_counts;
use super::lists::find;
use super::requests::accept;
use crate::layout::Layout;
use crate::record::{Recorded, record};
use crate::schema::{blocks, erased_users, exceptions, follows, users};
use crate::tombstones::erased_among;

/// The caller MUST prevent other transactions from erasing either user, and from creating or removing a block between
/// them, until the transaction ends. Other transactions may decide requests and end follows at the same time.
pub(super) fn follow(
    connection: &mut PgConnection,
    wish: &FollowWish,
    layout: Layout,
) -> QueryResult<Recorded<Followed>> {
    loop {
        let existing = find(connection, wish.pair)?;
        let facts = if layout.is_spread() {
            read_facts_of_each(connection, wish)?
        } else {
            read_facts(connection, wish)?
        };
        let facts = match facts.facts(wish, existing.as_ref()) {
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

fn read_facts(connection: &mut PgConnection, wish: &FollowWish) -> QueryResult<WishRow> {
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

/// The same by statements that one node of a distributed database answers. While the caller has the lock of the pair, only
/// settings may change in between, and those of each user are read at one moment.
fn read_facts_of_each(connection: &mut PgConnection, wish: &FollowWish) -> QueryResult<WishRow> {
    let erased = erased_among(connection, [wish.pair].into_iter())?;
    let (actor, other) = (wish.pair.actor(), wish.pair.other());
    let (is_actor_erased, is_other_erased) = (erased.contains(&actor), erased.contains(&other));
    let (actor, other) = (DbUuid::from(actor), DbUuid::from(other));
    let viewer = if wish.asks_for_viewer() {
        find_party(connection, actor, other)?
    } else {
        PartyRow {
            choices: None,
            cohorts: None,
            exceptions: None,
        }
    };
    Ok(WishRow {
        is_actor_erased,
        is_other_erased,
        has_blocked: has_blocked(connection, actor, other)?,
        is_blocked: has_blocked(connection, other, actor)?,
        subject: find_party(connection, other, actor)?,
        viewer,
    })
}

fn has_blocked(connection: &mut PgConnection, user_id: DbUuid, other: DbUuid) -> QueryResult<bool> {
    let found: Option<DbUuid> = blocks::table
        .find((user_id, other))
        .select(blocks::blocked_id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

fn find_party(
    connection: &mut PgConnection,
    owner: DbUuid,
    person: DbUuid,
) -> QueryResult<PartyRow> {
    let row: Option<(DbChoices, DbCohorts)> = users::table
        .find(owner)
        .select((users::choices, users::cohorts))
        .first(connection)
        .optional()?;
    let (choices, cohorts) = row.unzip();
    let exceptions = exceptions::table
        .find((owner, person))
        .select(exceptions::by_action)
        .first(connection)
        .optional()?;
    Ok(PartyRow {
        choices,
        cohorts,
        exceptions,
    })
}

fn create(
    connection: &mut PgConnection,
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
