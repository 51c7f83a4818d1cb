//! Follows as rows.

mod counts;
mod hidden;

use std::cmp::Reverse;

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::relationships::Party;
use privet_application::relationships::follows::{
    CountedList, FollowCounts, FollowPage, FollowWish, Followed, PageQuery,
};
use privet_application::rules::decisions::StoredFacts;
use privet_domain::UserId;
use privet_domain::relationships::follows::{Follow, FollowFacts};

use crate::rows::decisions::PartyRow;
use crate::{DbFollowStatus, DbTime, DbUuid};

pub use counts::{CountChange, CountChanges, EndedFollow};
pub use hidden::HiddenFollows;

/// A row of `follows`, in the order of its columns.
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

/// Converts the rows.
#[must_use]
pub fn follows(rows: Vec<FollowRow>) -> Vec<Follow> {
    rows.into_iter().map(Follow::from).collect()
}

/// The newest of these rows, without duplicates, in the order of a list. A list of two statuses is read with one query
/// for each status, each in the order of the index.
#[must_use]
pub fn newest(mut rows: Vec<FollowRow>, limit: u32) -> Vec<FollowRow> {
    rows.sort_by_key(|row| Reverse((row.created_at.0, row.id.0)));
    // A request whose status changed between the two queries is in both results.
    rows.dedup_by_key(|row| row.id);
    rows.truncate(limit as usize);
    rows
}

/// The stored follow counts of a user, and how many of the counted rows are hidden.
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
    /// Whether rows of this list are hidden.
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

/// A page of these rows, with the total from the stored counts.
pub fn page(
    query: &PageQuery,
    (rows, counted): (Vec<FollowRow>, Option<CountsRow>),
) -> Result<FollowPage, StoreError> {
    Ok(FollowPage {
        items: follows(rows),
        total: counts(counted)?.of(query.list),
    })
}

/// The counts of a user, without hidden rows. A user without a row has empty lists.
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

/// The facts that decide about a request to follow.
#[derive(Debug, Clone, PartialEq, Queryable)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of them true or false"
)]
pub struct WishRow {
    /// Whether the user who wants to follow was erased.
    pub is_actor_erased: bool,
    /// Whether the user to be followed was erased.
    pub is_other_erased: bool,
    /// Whether the user who wants to follow blocked the other.
    pub has_blocked: bool,
    /// Whether the other blocked the user who wants to follow.
    pub is_blocked: bool,
    /// The user to be followed.
    pub subject: PartyRow,
    /// The user who wants to follow; all `None` if not requested.
    pub viewer: PartyRow,
}

impl WishRow {
    /// The facts for the decision of the domain, together with the existing follow. `Err` is the result if one of the
    /// two users was erased.
    pub fn facts(
        self,
        wish: &FollowWish,
        existing: Option<&FollowRow>,
    ) -> Result<FollowFacts, Followed> {
        if self.is_actor_erased {
            return Err(Followed::Erased(Party::Actor));
        }
        if self.is_other_erased {
            return Err(Followed::Erased(Party::Other));
        }
        let facts = StoredFacts {
            subject: self.subject.into(),
            viewer: wish.asks_for_viewer().then(|| self.viewer.into()),
            ..StoredFacts::default()
        };
        Ok(FollowFacts {
            has_blocked: self.has_blocked,
            is_blocked: self.is_blocked,
            needs_approval: wish.needs_approval(facts),
            existing: existing.map(|row| row.status.0),
        })
    }
}
