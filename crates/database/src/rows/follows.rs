//! Follows as rows, and the queries that read them.

mod changes;
mod counts;
mod hidden;

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::follows::{CountedList, FollowCounts, FollowPage, Followed, PageQuery};
use privet_application::relationships::Party;
use privet_domain::UserId;
use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::follows::{Follow, FollowFacts};

use crate::{DbFollowStatus, DbTime, DbUuid};

pub use counts::{CountChange, CountChanges, EndedFollow};
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

/// The kept counts of a user, and how many of what they count is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `FollowCounts`")]
pub struct CountsRow {
    pub followers: i64,
    pub following: i64,
    pub requests_received: i64,
    pub hidden_followers: i64,
    pub hidden_following: i64,
    pub hidden_requests_received: i64,
}

impl CountsRow {
    /// Whether rows of that list are hidden.
    #[must_use]
    pub const fn hides(&self, list: CountedList) -> bool {
        let hidden = match list {
            CountedList::Followers => self.hidden_followers,
            CountedList::Following => self.hidden_following,
            CountedList::RequestsReceived => self.hidden_requests_received,
        };
        hidden > 0
    }
}

/// A page of these rows, and the counts of the list's owner.
pub fn page(
    query: &PageQuery,
    (rows, counted): (Vec<FollowRow>, Option<CountsRow>),
) -> Result<FollowPage, StoreError> {
    Ok(FollowPage {
        items: follows(rows),
        total: counts(counted)?.of(query.list),
    })
}

/// The lengths of a user's lists, as they are shown. Without a row all of them are empty.
pub fn counts(row: Option<CountsRow>) -> Result<FollowCounts, StoreError> {
    let shown = |kept: fn(&CountsRow) -> i64, hidden: fn(&CountsRow) -> i64| {
        let count = row.as_ref().map_or(0, |row| kept(row) - hidden(row));
        u64::try_from(count).map_err(StoreError::internal)
    };
    Ok(FollowCounts {
        followers: shown(|row| row.followers, |row| row.hidden_followers)?,
        following: shown(|row| row.following, |row| row.hidden_following)?,
        requests_received: shown(
            |row| row.requests_received,
            |row| row.hidden_requests_received,
        )?,
    })
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
        ) -> QueryResult<Option<$crate::rows::follows::FollowRow>> {
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

        /// The caller MUST see to it that all statements read the same snapshot.
        fn page(
            connection: &mut $connection,
            query: &privet_application::follows::PageQuery,
        ) -> QueryResult<(
            Vec<$crate::rows::follows::FollowRow>,
            Option<$crate::rows::follows::CountsRow>,
        )> {
            use privet_application::follows::PageStart;
            use privet_application::relationships::ListQuery;

            let counted = count(connection, query.owner)?;
            let hides = counted.is_some_and(|row| row.hides(query.list));
            let list_from = |connection: &mut $connection, behind| {
                let part = ListQuery {
                    owner: query.owner,
                    behind,
                    limit: query.limit,
                };
                list(connection, query.list.into(), &part)
            };
            let items = match query.start {
                PageStart::First => list_from(connection, None)?,
                PageStart::Behind(position) => list_from(connection, Some(position))?,
                PageStart::BehindItem(number) => {
                    match find_item(connection, query, number, hides)? {
                        Some(position) => list_from(connection, Some(position))?,
                        None => Vec::new(),
                    }
                }
            };
            Ok((items, counted))
        }

        /// Where the item of this number, from 1, stands. Reads the entries before it, from an index alone unless
        /// rows of the list are hidden.
        fn find_item(
            connection: &mut $connection,
            query: &privet_application::follows::PageQuery,
            number: std::num::NonZeroU16,
            hides: bool,
        ) -> QueryResult<Option<privet_application::relationships::Position>> {
            use crate::schema::follows;
            use privet_application::relationships::Position;
            use $crate::erasure::neither_is_being_erased;

            let mut rows = $crate::follows_of!(query.list.into(), query.owner)
                .select((follows::created_at, follows::id))
                .order((follows::created_at.desc(), follows::id.desc()))
                .limit(1)
                .offset(i64::from(number.get()) - 1);
            if hides {
                rows = rows.filter(neither_is_being_erased(
                    follows::following_id,
                    follows::follower_id,
                ));
            }
            let found: Option<($crate::DbTime, $crate::DbUuid)> =
                rows.get_result(connection).optional()?;
            Ok(found.map(|(at, id)| Position { at: at.0, id: id.0 }))
        }

        fn list(
            connection: &mut $connection,
            list: privet_application::follows::FollowList,
            query: &privet_application::relationships::ListQuery,
        ) -> QueryResult<Vec<$crate::rows::follows::FollowRow>> {
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

        /// Without a row, the user's lists are empty. One statement, so that what is kept and what is hidden are
        /// of the same moment.
        fn count(
            connection: &mut $connection,
            user_id: privet_domain::UserId,
        ) -> QueryResult<Option<$crate::rows::follows::CountsRow>> {
            use crate::schema::follow_counts;
            use privet_application::follows::FollowList;
            use $crate::erasure::IsNotBeingErased;
            use $crate::rows::follows::HiddenFollows;

            follow_counts::table
                .find($crate::DbUuid::from(user_id))
                .filter(IsNotBeingErased(follow_counts::user_id))
                .select((
                    follow_counts::followers,
                    follow_counts::following,
                    follow_counts::requests_received,
                    HiddenFollows(FollowList::Followers),
                    HiddenFollows(FollowList::Following),
                    HiddenFollows(FollowList::RequestsReceived),
                ))
                .first(connection)
                .optional()
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
