//! The counts of a distributed database, which counts hidden rows in statements of their own.

use diesel::helper_types::IntoBoxed;
use diesel::pg::Pg;
use diesel::prelude::*;
use privet_application::relationships::follows::FollowList;
use privet_database::rows::follows::CountsRow;
use privet_database::{DbFollowStatus, DbUuid};

use crate::schema::{erasures_under_way, follow_counts, follows};

/// The stored counts are read first. Rows that an erasure deletes later are then not counted as hidden, and no count is
/// too small.
pub(super) fn count(
    connection: &mut PgConnection,
    user_id: DbUuid,
) -> QueryResult<Option<CountsRow>> {
    let stored: Option<(i64, i64, i64)> = follow_counts::table
        .find(user_id)
        .select((
            follow_counts::followers,
            follow_counts::following,
            follow_counts::requests_received,
        ))
        .first(connection)
        .optional()?;
    let Some((followers, following, requests_received)) = stored else {
        return Ok(None);
    };
    // Nearly always there are none.
    let erased: Vec<DbUuid> = erasures_under_way::table
        .select(erasures_under_way::user_id)
        .load(connection)?;
    if erased.contains(&user_id) {
        return Ok(None);
    }
    let mut hidden = |list, most| count_hidden(connection, user_id, list, &erased, most);
    Ok(Some(CountsRow {
        followers,
        following,
        requests_received,
        hidden_followers: hidden(FollowList::Followers, followers)?,
        hidden_following: hidden(FollowList::Following, following)?,
        hidden_requests_received: hidden(FollowList::RequestsReceived, requests_received)?,
    }))
}

/// The number of rows of the user's list that involve one of these erased users, at most `most`.
fn count_hidden(
    connection: &mut PgConnection,
    user_id: DbUuid,
    list: FollowList,
    erased: &[DbUuid],
    most: i64,
) -> QueryResult<i64> {
    if erased.is_empty() || most == 0 {
        return Ok(0);
    }
    let hidden: i64 = rows_of(list, user_id, erased.to_vec())
        .count()
        .get_result(connection)?;
    Ok(hidden.min(most))
}

/// The follows between the user and these others that are on the user's list.
fn rows_of(
    list: FollowList,
    user_id: DbUuid,
    others: Vec<DbUuid>,
) -> IntoBoxed<'static, follows::table, Pg> {
    let statuses = list.statuses().iter().copied().map(DbFollowStatus);
    let rows = follows::table
        .filter(follows::status.eq_any(statuses.collect::<Vec<_>>()))
        .into_boxed();
    if list.owner_is_followed() {
        rows.filter(follows::following_id.eq(user_id))
            .filter(follows::follower_id.eq_any(others))
    } else {
        rows.filter(follows::follower_id.eq(user_id))
            .filter(follows::following_id.eq_any(others))
    }
}
