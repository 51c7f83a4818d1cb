//! Follows: who follows whom, and who asked to.

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

/// A wish to follow: the actor of the pair follows the other.
#[derive(Debug, Clone)]
pub struct FollowWish {
    /// Who follows whom.
    pub pair: Pair,
    /// The id of the follow, if one is made.
    pub id: Uuid,
    /// The time of it.
    pub now: Timestamp,
    /// The catalogue in force.
    pub catalogue: Arc<Catalogue>,
}

impl FollowWish {
    /// Whether the one to be followed, who chose this, has to agree first.
    #[must_use]
    pub fn needs_approval(&self, choices: &Choices) -> bool {
        needs_approval(&self.catalogue, choices)
    }
}

/// The end of a follow or of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowEnding {
    /// Who follows whom.
    pub pair: Pair,
    /// Ends only what has this status; `None` ends either.
    pub only: Option<FollowStatus>,
    /// Which of the two ends it.
    pub actor_id: UserId,
    /// The time of it.
    pub now: Timestamp,
}

/// How a wish to follow ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// There is a follow, or a request for one.
    Follow(Follow),
    /// One of the two blocked the other. Nothing was stored.
    Blocked,
    /// One of the two was erased. Nothing was stored.
    Erased(Party),
}

/// What the one who was asked says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowRequestDecision {
    /// Follow me.
    Accept,
    /// Don't. The request is gone; another may be made.
    Decline,
}

/// How deciding a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// As the one who was asked wanted. Holds what was accepted, or what is gone.
    Done(Follow),
    /// It was accepted before. Nothing changed.
    AlreadyAccepted,
    /// Nobody asked this user by that id. Nothing changed.
    NotFound,
}

/// One of the lists in which a user's follows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowList {
    /// Accepted ones of the user by others.
    Followers,
    /// Accepted ones of others by the user.
    Following,
    /// Requests to the user.
    RequestsReceived,
    /// Requests by the user.
    RequestsSent,
}

impl FollowList {
    /// Every list, in the order in which a follow passes through them: read one after the other they
    /// show each of a user's follows at least once, also those that are accepted meanwhile.
    pub const ALL: [Self; 4] = [
        Self::RequestsReceived,
        Self::RequestsSent,
        Self::Followers,
        Self::Following,
    ];

    /// The status of what stands in it.
    #[must_use]
    pub const fn status(self) -> FollowStatus {
        match self {
            Self::Followers | Self::Following => FollowStatus::Accepted,
            Self::RequestsReceived | Self::RequestsSent => FollowStatus::Pending,
        }
    }

    /// Whether the list's owner is the one who is, or would be, followed.
    #[must_use]
    pub const fn owner_is_followed(self) -> bool {
        matches!(self, Self::Followers | Self::RequestsReceived)
    }
}

/// A list whose length is kept, so that its pages can say how many there are.
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

/// Where a page of a list begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// With the newest item.
    First,
    /// Behind the item of this number, from 1. What comes before is read, so the number is bounded by its type.
    BehindItem(NonZeroU16),
    /// Behind this position, found by key: wherever it stands, nothing that comes before is read.
    Behind(Position),
}

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageQuery {
    /// Whose list.
    pub owner: UserId,
    /// Which one.
    pub list: CountedList,
    /// Where the page begins.
    pub start: PageStart,
    /// At most so many items, at least 1.
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

/// What stands on a page, and how many items the whole list had in the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowPage {
    /// Newest first.
    pub items: Vec<Follow>,
    /// On all pages together.
    pub total: u64,
}

/// A page of a list, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowListPage {
    /// The items, and where the next page begins.
    pub part: ListPart<Follow>,
    /// How many items the whole list had in the same moment.
    pub total: u64,
}

/// How long a user's lists were in one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowCounts {
    /// Accepted ones of the user by others.
    pub followers: u64,
    /// Accepted ones of others by the user.
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

/// Keeps follows, and for each user how many there are. The actor of a pair is the follower.
///
/// The counts MUST be those of the follows in every snapshot: whatever makes, decides or ends follows, erasures and
/// blocks included, changes the counts in the same transaction.
#[async_trait]
pub trait FollowStore: Send + Sync {
    /// Reads what [`privet_domain::relationships::follows::decide_follow`] asks for and carries out what it says, in
    /// one transaction. MUST leave no follow behind an erasure or a block that runs at the same time.
    async fn follow(&self, wish: &FollowWish) -> Result<Followed, StoreError>;

    /// Ends the follow, or the request, and answers whether there was one.
    async fn end_follow(&self, ending: &FollowEnding) -> Result<bool, StoreError>;

    /// Decides the request of that id to that user. Of several at once one MUST be answered
    /// [`Decided::Done`] and the others as if they came after it.
    async fn decide_follow_request(
        &self,
        asked: UserId,
        id: Uuid,
        decision: FollowRequestDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError>;

    /// What there is between the two, in this direction.
    async fn find_follow(&self, pair: Pair) -> Result<Option<Follow>, StoreError>;

    /// A page of a list, newest first, and the list's kept length in the same snapshot. MUST NOT read more the
    /// longer the list is.
    async fn page_of_follows(&self, query: &PageQuery) -> Result<FollowPage, StoreError>;

    /// A part of one of the owner's lists, newest first.
    async fn list_follows(
        &self,
        list: FollowList,
        query: &ListQuery,
    ) -> Result<Vec<Follow>, StoreError>;

    /// How long a user's lists are, in one snapshot. MUST NOT count them.
    async fn count_follows(&self, user_id: UserId) -> Result<FollowCounts, StoreError>;
}

impl RelationshipService {
    /// Follows somebody, or asks to. Somebody who blocked the caller, was blocked or was erased is not
    /// found alike.
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

    /// Unfollows somebody, or takes a request back.
    pub async fn unfollow(&self, pair: Pair) -> Result<(), RelationshipError> {
        let ending = FollowEnding {
            pair,
            only: None,
            actor_id: pair.actor(),
            now: self.clock.now(),
        };
        self.end_follow(&ending).await
    }

    /// Takes the other out of the caller's followers.
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
