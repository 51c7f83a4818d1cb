//! Follows and follow requests.

use std::num::NonZeroU16;
use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::catalogue::{Catalogue, Choices};
use privet_domain::relationships::follows::{Follow, FollowStatus, needs_approval};
use privet_domain::{Pair, Timestamp, UserId};
use uuid::Uuid;

use super::RelationshipService;
use super::lists::{ListPart, ListQuery, Party, Position, RelationshipError};
use crate::StoreError;

/// A request to follow: the actor of the pair wants to follow the other user.
#[derive(Debug, Clone)]
pub struct FollowWish {
    /// The follower and the followed user.
    pub pair: Pair,
    /// The id of a new follow.
    pub id: Uuid,
    /// The time of the request.
    pub now: Timestamp,
    /// The catalogue in force.
    pub catalogue: Arc<Catalogue>,
}

impl FollowWish {
    /// Whether the followed user, with these choices, must approve it.
    #[must_use]
    pub fn needs_approval(&self, choices: &Choices) -> bool {
        needs_approval(&self.catalogue, choices)
    }
}

/// The end of a follow or a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowEnding {
    /// The follower and the followed user.
    pub pair: Pair,
    /// Only delete it if it has this status; `None` for any status.
    pub only: Option<FollowStatus>,
    /// The user of the pair who ends it.
    pub actor_id: UserId,
    /// The time.
    pub now: Timestamp,
}

/// The result of a request to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// There is a follow or a pending request.
    Follow(Follow),
    /// One of the two blocked the other. Nothing was stored.
    Blocked,
    /// One of the two is erased. Nothing was stored.
    Erased(Party),
}

/// The answer to a follow request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowRequestDecision {
    /// Accept.
    Accept,
    /// Decline: the request is deleted; another one may be made.
    Decline,
}

/// The result of answering a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// Done. Contains the accepted follow or the deleted request.
    Done(Follow),
    /// It was already accepted. Nothing changed.
    AlreadyAccepted,
    /// There is no such request to this user. Nothing changed.
    NotFound,
}

/// A list of a user's follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowList {
    /// Accepted follows of the user by others.
    Followers,
    /// Accepted follows of others by the user.
    Following,
    /// Requests to the user.
    RequestsReceived,
    /// Requests by the user.
    RequestsSent,
}

impl FollowList {
    /// All lists, in the order in which a follow moves through them: reading one after the other shows each follow
    /// at least once, also if it is accepted meanwhile.
    pub const ALL: [Self; 4] = [
        Self::RequestsReceived,
        Self::RequestsSent,
        Self::Followers,
        Self::Following,
    ];

    /// The status of follows in this list.
    #[must_use]
    pub const fn status(self) -> FollowStatus {
        match self {
            Self::Followers | Self::Following => FollowStatus::Accepted,
            Self::RequestsReceived | Self::RequestsSent => FollowStatus::Pending,
        }
    }

    /// Whether the owner of the list is the followed user.
    #[must_use]
    pub const fn owner_is_followed(self) -> bool {
        matches!(self, Self::Followers | Self::RequestsReceived)
    }
}

/// A list whose length is stored, so that pages can show the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedList {
    /// See [`FollowList::Followers`].
    Followers,
    /// See [`FollowList::Following`].
    Following,
    /// See [`FollowList::RequestsReceived`].
    RequestsReceived,
}

impl From<CountedList> for FollowList {
    fn from(list: CountedList) -> Self {
        match list {
            CountedList::Followers => Self::Followers,
            CountedList::Following => Self::Following,
            CountedList::RequestsReceived => Self::RequestsReceived,
        }
    }
}

/// The start of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// At the newest item.
    First,
    /// After the item with this number, from 1. All items before it are read, so its type bounds the number.
    BehindItem(NonZeroU16),
    /// After this position, found by key: no items before it are read.
    Behind(Position),
}

/// A requested page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageQuery {
    /// The owner of the list.
    pub owner: UserId,
    /// The list.
    pub list: CountedList,
    /// The start of the page.
    pub start: PageStart,
    /// The maximum number of items, at least 1.
    pub limit: u32,
}

impl PageQuery {
    pub(super) const fn with_one_more(self) -> Self {
        Self {
            limit: self.limit + 1,
            ..self
        }
    }
}

/// The items of a page, and the length of the whole list at the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowPage {
    /// Newest first.
    pub items: Vec<Follow>,
    /// The number of items on all pages.
    pub total: u64,
}

/// A page of a list, and the start of the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowListPage {
    /// The items, and the start of the next page.
    pub part: ListPart<Follow>,
    /// The length of the whole list at the same moment.
    pub total: u64,
}

/// The lengths of a user's lists at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowCounts {
    /// Accepted follows of the user by others.
    pub followers: u64,
    /// Accepted follows of others by the user.
    pub following: u64,
    /// Requests to the user.
    pub requests_received: u64,
}

impl FollowCounts {
    /// The length of one list.
    #[must_use]
    pub const fn of(&self, list: CountedList) -> u64 {
        match list {
            CountedList::Followers => self.followers,
            CountedList::Following => self.following,
            CountedList::RequestsReceived => self.requests_received,
        }
    }
}

/// Stores follows, and their numbers for each user. The actor of a pair is the follower.
///
/// The numbers MUST match the follows in every snapshot: every transaction that creates, answers or deletes
/// follows, including erasures and blocks, updates the numbers.
#[async_trait]
pub trait FollowStore: Send + Sync {
    /// Reads what [`privet_domain::relationships::follows::decide_follow`] needs and applies its result, in one transaction. MUST
    /// leave no follow after a concurrent erasure or block.
    async fn follow(&self, wish: &FollowWish) -> Result<Followed, StoreError>;

    /// Deletes the follow or request; returns whether there was one.
    async fn end_follow(&self, ending: &FollowEnding) -> Result<bool, StoreError>;

    /// Answers the request with that id to that user. Of several concurrent answers one MUST return
    /// [`Decided::Done`] and the others the result that follows from it.
    async fn decide_follow_request(
        &self,
        asked: UserId,
        id: Uuid,
        decision: FollowRequestDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError>;

    /// The follow or request of the actor to the other user.
    async fn find_follow(&self, pair: Pair) -> Result<Option<Follow>, StoreError>;

    /// A page of a list, newest first, and the stored length of the list in the same snapshot. MUST NOT read more
    /// if the list is longer.
    async fn page_of_follows(&self, query: &PageQuery) -> Result<FollowPage, StoreError>;

    /// A page of one of the owner's lists, newest first.
    async fn list_follows(
        &self,
        list: FollowList,
        query: &ListQuery,
    ) -> Result<Vec<Follow>, StoreError>;

    /// The lengths of a user's lists, in one snapshot. MUST NOT count rows.
    async fn count_follows(&self, user_id: UserId) -> Result<FollowCounts, StoreError>;
}

impl RelationshipService {
    /// Follows a user, or requests to. If one of the two blocked the other, or the user is erased, the result is
    /// always "not found".
    pub async fn follow(&self, pair: Pair) -> Result<Follow, RelationshipError> {
        let wish = FollowWish {
            pair,
            id: self.ids.new_id(),
            now: self.clock.now(),
            catalogue: self.catalogue.get(),
        };
        match self.follows.follow(&wish).await? {
            Followed::Follow(follow) => Ok(follow),
            Followed::Blocked => Err(RelationshipError::NotFound),
            Followed::Erased(party) => Err(party.into()),
        }
    }

    /// Unfollows a user, or withdraws the request.
    pub async fn unfollow(&self, pair: Pair) -> Result<(), RelationshipError> {
        let ending = FollowEnding {
            pair,
            only: None,
            actor_id: pair.actor(),
            now: self.clock.now(),
        };
        self.end_follow(&ending).await
    }

    /// Removes a user from the caller's followers.
    pub async fn remove_follower(&self, pair: Pair) -> Result<(), RelationshipError> {
        let ending = FollowEnding {
            pair: pair.reversed(),
            only: Some(FollowStatus::Accepted),
            actor_id: pair.actor(),
            now: self.clock.now(),
        };
        self.end_follow(&ending).await
    }

    async fn end_follow(&self, ending: &FollowEnding) -> Result<(), RelationshipError> {
        if self.follows.end_follow(ending).await? {
            Ok(())
        } else {
            Err(RelationshipError::NotFound)
        }
    }

    /// Accepts or declines a request to the caller.
    pub async fn decide_follow_request(
        &self,
        asked: UserId,
        id: Uuid,
        decision: FollowRequestDecision,
    ) -> Result<Follow, RelationshipError> {
        let now = self.clock.now();
        let decided = self.follows.decide_follow_request(asked, id, decision, now);
        match decided.await? {
            Decided::Done(follow) => Ok(follow),
            Decided::AlreadyAccepted => Err(RelationshipError::AlreadyAccepted),
            Decided::NotFound => Err(RelationshipError::NotFound),
        }
    }
}
