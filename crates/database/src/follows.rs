//! Follows as rows, and the queries that read them.

mod changes;
mod hidden;

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::follows::{FollowCounts, FollowPage, Followed};
use privet_application::relationships::Party;
use privet_domain::UserId;
use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::follows::{Follow, FollowFacts};

use crate::{DbFollowStatus, DbTime, DbUuid};

pub use hidden::HiddenFollows;

/// What is read of a row of `follows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `Follow`")]
pub struct FollowRow {
    pub id: DbUuid,
    pub follower_id: DbUuid,
    pub following_id: DbUuid,
    pub status: DbFollowStatus,
    pub created_at: DbTime,
    pub decided_at: Option<DbTime>,
}

impl From<FollowRow> for Follow {
    fn from(row: FollowRow) -> Self {
        Self {
            id: row.id.0,
            follower_id: UserId::from_uuid(row.follower_id.0),
            following_id: UserId::from_uuid(row.following_id.0),
            status: row.status.0,
            created_at: row.created_at.0,
            decided_at: row.decided_at.map(|time| time.0),
        }
    }
}

/// The follows of these rows.
#[must_use]
pub fn follows(rows: Vec<FollowRow>) -> Vec<Follow> {
    rows.into_iter().map(Follow::from).collect()
}

/// A page of these rows in a list of that length.
pub fn page((rows, total): (Vec<FollowRow>, i64)) -> Result<FollowPage, StoreError> {
    Ok(FollowPage {
        items: follows(rows),
        total: length(total)?,
    })
}

/// The lengths of the lists: followers, followed, requests received.
pub fn counts(
    [followers, following, requests_received]: [i64; 3],
) -> Result<FollowCounts, StoreError> {
    Ok(FollowCounts {
        followers: length(followers)?,
        following: length(following)?,
        requests_received: length(requests_received)?,
    })
}

fn length(count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(StoreError::internal)
}

/// How many rows a list has, and how many of them are hidden.
pub type Length = (Option<i64>, Option<i64>);

/// How many rows of a list are shown.
#[must_use]
pub fn shown((all, hidden): Length) -> i64 {
    match (all, hidden) {
        (Some(all), Some(hidden)) => all - hidden,
        // Of an owner whose erasure is under way nothing is.
        _ => 0,
    }
}

/// What stands in the way of a wish to follow, or decides about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct WishRow {
    /// Whether the one who wishes was erased.
    pub is_actor_erased: bool,
    /// Whether the one to be followed was erased.
    pub is_other_erased: bool,
    /// Whether either blocked the other.
    pub is_blocked: bool,
    /// The setting of the one to be followed; `None` of a user without a row.
    pub is_private: Option<bool>,
}

impl WishRow {
    /// What the domain decides by, given what there is between the two; or how the wish ended because
    /// one of them was erased.
    pub fn facts(self, existing: Option<&FollowRow>) -> Result<FollowFacts, Followed> {
        if self.is_actor_erased {
            return Err(Followed::Erased(Party::Actor));
        }
        if self.is_other_erased {
            return Err(Followed::Erased(Party::Other));
        }
        let account = self
            .is_private
            .map(|is_private| AccountPrivacy { is_private });
        Ok(FollowFacts {
            is_blocked: self.is_blocked,
            account: account.unwrap_or_default(),
            existing: existing.map(|row| row.status.0),
        })
    }
}

/// The columns of a [`FollowRow`].
#[doc(hidden)]
#[macro_export]
macro_rules! follow_columns {
    () => {
        (
            follows::id,
            follows::follower_id,
            follows::following_id,
            follows::status,
            follows::created_at,
            follows::decided_at,
        )
    };
}

/// Makes the functions that read follows on this kind of connection. Needs Diesel's prelude and the
/// adapter's own `crate::schema`.
#[macro_export]
macro_rules! follow_queries {
    ($connection:ty) => {
        fn find(
            connection: &mut $connection,
            pair: privet_domain::Pair,
        ) -> QueryResult<Option<$crate::follows::FollowRow>> {
            use crate::schema::follows;
            use $crate::erasure::neither_is_being_erased;

            let key: ($crate::DbUuid, $crate::DbUuid) = (pair.other().into(), pair.actor().into());
            follows::table
                .find(key)
                .filter(neither_is_being_erased(
                    follows::following_id,
                    follows::follower_id,
                ))
                .select($crate::follow_columns!())
                .first(connection)
                .optional()
        }

        /// The caller MUST see to it that both statements read the same snapshot.
        fn page(
            connection: &mut $connection,
            query: &privet_application::follows::PageQuery,
        ) -> QueryResult<(Vec<$crate::follows::FollowRow>, i64)> {
            use crate::schema::follows;
            use $crate::erasure::neither_is_being_erased;

            let pages_before = i64::from(query.page.saturating_sub(1));
            let items = $crate::follows_of!(query.list, query.owner)
                .filter(neither_is_being_erased(
                    follows::following_id,
                    follows::follower_id,
                ))
                .select($crate::follow_columns!())
                .order((follows::created_at.desc(), follows::id.desc()))
                .limit(query.size.into())
                .offset(pages_before.saturating_mul(query.size.into()))
                .load(connection)?;
            Ok((items, length(connection, query.list, query.owner)?))
        }

        fn list(
            connection: &mut $connection,
            list: privet_application::follows::FollowList,
            query: &privet_application::relationships::ListQuery,
        ) -> QueryResult<Vec<$crate::follows::FollowRow>> {
            use crate::schema::follows;
            use $crate::erasure::neither_is_being_erased;

            let mut rows = $crate::follows_of!(list, query.owner)
                .filter(neither_is_being_erased(
                    follows::following_id,
                    follows::follower_id,
                ))
                .select($crate::follow_columns!())
                .order((follows::created_at.desc(), follows::id.desc()))
                .limit(query.limit.into());
            if let Some(behind) = query.behind {
                rows = rows.filter($crate::behind!(follows::created_at, follows::id, behind));
            }
            rows.load(connection)
        }

        /// How long a list is, in one statement. The rows of users whose erasure is under way are counted
        /// apart: there are few such users, and looking at each row of a long list would take long.
        fn length(
            connection: &mut $connection,
            list: privet_application::follows::FollowList,
            owner: privet_domain::UserId,
        ) -> QueryResult<i64> {
            use crate::schema::follows;
            use $crate::follows::{HiddenFollows, Length, shown};

            let row: Length = diesel::select((
                $crate::follows_of!(list, owner).count().single_value(),
                HiddenFollows::of(list, owner),
            ))
            .get_result(connection)?;
            Ok(shown(row))
        }

        /// Followers, followed and requests received, in one statement.
        fn count(
            connection: &mut $connection,
            user_id: privet_domain::UserId,
        ) -> QueryResult<[i64; 3]> {
            use crate::schema::follows;
            use privet_application::follows::FollowList;
            use $crate::follows::{HiddenFollows, Length, shown};

            let length = |list| {
                (
                    $crate::follows_of!(list, user_id).count().single_value(),
                    HiddenFollows::of(list, user_id),
                )
            };
            let lengths: (Length, Length, Length) = diesel::select((
                length(FollowList::Followers),
                length(FollowList::Following),
                length(FollowList::RequestsReceived),
            ))
            .get_result(connection)?;
            Ok([shown(lengths.0), shown(lengths.1), shown(lengths.2)])
        }
    };
}

/// The follows on one of a user's lists, boxed.
#[doc(hidden)]
#[macro_export]
macro_rules! follows_of {
    ($list:expr, $owner:expr) => {{
        let list: privet_application::follows::FollowList = $list;
        let owner = $crate::DbUuid::from($owner);
        let rows = follows::table
            .filter(follows::status.eq($crate::DbFollowStatus(list.status())))
            .into_boxed();
        if list.owner_is_followed() {
            rows.filter(follows::following_id.eq(owner))
        } else {
            rows.filter(follows::follower_id.eq(owner))
        }
    }};
}
