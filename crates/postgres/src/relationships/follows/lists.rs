//! Finding and listing follows.

use std::num::NonZeroU16;

use diesel::helper_types::IntoBoxed;
use diesel::pg::Pg;
use diesel::prelude::*;
use privet_application::relationships::follows::{FollowList, PageQuery, PageStart};
use privet_application::relationships::{ListQuery, Position};
use privet_database::erasure::neither_is_being_erased;
use privet_database::lists::behind;
use privet_database::rows::follows::{CountsRow, FollowRow, newest};
use privet_database::{DbFollowStatus, DbTime, DbUuid};
use privet_domain::relationships::follows::FollowStatus;
use privet_domain::{Pair, UserId};

use super::counts::count;
use crate::layout::Layout;
use crate::relationships::shown::are_shown;
use crate::schema::follows;

/// Whether there is a follow or a request between the two that the user who was asked knows of, in either direction.
pub(crate) fn is_any_shown(connection: &mut PgConnection, pair: Pair) -> QueryResult<bool> {
    for pair in [pair, pair.reversed()] {
        let found = find(connection, pair)?;
        if found.is_some_and(|row| row.status.0 != FollowStatus::Withheld) {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn find(connection: &mut PgConnection, pair: Pair) -> QueryResult<Option<FollowRow>> {
    let key: (DbUuid, DbUuid) = (pair.other().into(), pair.actor().into());
    follows::table
        .find(key)
        .filter(neither_is_being_erased(
            follows::following_id,
            follows::follower_id,
        ))
        .first(connection)
        .optional()
}

/// The caller MUST make all statements read the same snapshot.
pub(super) fn page(
    connection: &mut PgConnection,
    query: &PageQuery,
    layout: Layout,
) -> QueryResult<(Vec<FollowRow>, Option<CountsRow>)> {
    let counted = count(connection, query.owner, layout)?;
    let start = match query.start {
        PageStart::First => Some(None),
        PageStart::Behind(position) => Some(Some(position)),
        PageStart::BehindItem(number) => {
            let hides = counted.is_some_and(|row| row.hides(query.list));
            find_item(connection, query, number, hides.then_some(layout))?.map(Some)
        }
    };
    // `None` means that the list has fewer items than come before the page.
    let Some(behind) = start else {
        return Ok((Vec::new(), counted));
    };
    let part = ListQuery {
        owner: query.owner,
        behind,
        limit: query.limit,
    };
    let items = list(connection, query.list.into(), &part, layout)?;
    Ok((items, counted))
}

/// The position of the item of this number, counted from 1. Reads the entries before it, from an index alone unless
/// rows of the list are hidden; then `hides` is the layout.
fn find_item(
    connection: &mut PgConnection,
    query: &PageQuery,
    number: NonZeroU16,
    hides: Option<Layout>,
) -> QueryResult<Option<Position>> {
    let list = FollowList::from(query.list);
    let Some(status) = list.statuses().first() else {
        return Ok(None);
    };
    let mut rows = rows_of(list, *status, query.owner)
        .select((follows::created_at, follows::id))
        .order((follows::created_at.desc(), follows::id.desc()))
        .limit(1)
        .offset(i64::from(number.get()) - 1);
    if let Some(layout) = hides {
        rows = rows.filter(are_shown(
            follows::following_id,
            follows::follower_id,
            layout,
        ));
    }
    let found: Option<(DbTime, DbUuid)> = rows.get_result(connection).optional()?;
    Ok(found.map(|(at, id)| Position { at: at.0, id: id.0 }))
}

pub(super) fn list(
    connection: &mut PgConnection,
    list: FollowList,
    query: &ListQuery,
    layout: Layout,
) -> QueryResult<Vec<FollowRow>> {
    if let [status] = list.statuses() {
        return list_of_status(connection, list, *status, query, layout);
    }
    let mut rows = Vec::new();
    // A withheld request may become pending, but not the reverse. In this order no request is missed.
    for status in list.statuses().iter().rev() {
        rows.extend(list_of_status(connection, list, *status, query, layout)?);
    }
    Ok(newest(rows, query.limit))
}

fn list_of_status(
    connection: &mut PgConnection,
    list: FollowList,
    status: FollowStatus,
    query: &ListQuery,
    layout: Layout,
) -> QueryResult<Vec<FollowRow>> {
    let mut rows = rows_of(list, status, query.owner)
        .filter(are_shown(
            follows::following_id,
            follows::follower_id,
            layout,
        ))
        .order((follows::created_at.desc(), follows::id.desc()))
        .limit(query.limit.into());
    if let Some(position) = query.behind {
        rows = rows.filter(behind(follows::created_at, follows::id, position));
    }
    rows.load(connection)
}

/// The follows of that status on one of a user's lists.
fn rows_of(
    list: FollowList,
    status: FollowStatus,
    owner: UserId,
) -> IntoBoxed<'static, follows::table, Pg> {
    let owner = DbUuid::from(owner);
    let rows = follows::table
        .filter(follows::status.eq(DbFollowStatus(status)))
        .into_boxed();
    if list.owner_is_followed() {
        rows.filter(follows::following_id.eq(owner))
    } else {
        rows.filter(follows::follower_id.eq(owner))
    }
}
