//! Follows. Nothing is counted ahead: a list is as long as what it shows.

use async_trait::async_trait;
use privet_domain::relationships::follows::{
    Follow, FollowDecision, FollowFacts, FollowStatus, decide_follow,
};
use privet_domain::{Pair, Timestamp, UserId};
use uuid::Uuid;

use crate::StoreError;
use crate::fakes::FakeStore;
use crate::fakes::state::{State, part};
use crate::relationships::follows::{
    Decided, FollowCounts, FollowEnding, FollowList, FollowPage, FollowRequestDecision,
    FollowStore, FollowWish, Followed, PageQuery, PageStart,
};
use crate::relationships::{ListQuery, Position};

fn pair_of(follow: &Follow) -> Pair {
    Pair::new(follow.follower_id, follow.following_id).unwrap()
}

/// What stands in one of a user's lists, in no order.
fn list(
    state: &State,
    list: FollowList,
    owner: UserId,
) -> impl Iterator<Item = (Position, Follow)> {
    let stands_in_it = move |follow: &Follow| {
        let listed = if list.owner_is_followed() {
            follow.following_id
        } else {
            follow.follower_id
        };
        listed == owner && follow.status == list.status()
    };
    let position = |follow: Follow| {
        let (at, id) = (follow.created_at, follow.id);
        (Position { at, id }, follow)
    };
    state.visible_follows().filter(stands_in_it).map(position)
}

/// The follow that a wish makes.
fn new_follow(wish: &FollowWish, status: FollowStatus) -> Follow {
    Follow {
        id: wish.id,
        follower_id: wish.pair.actor(),
        following_id: wish.pair.other(),
        status,
        created_at: wish.now,
        decided_at: (status == FollowStatus::Accepted).then_some(wish.now),
    }
}

fn facts(state: &State, wish: &FollowWish) -> FollowFacts {
    let FollowWish { pair, .. } = wish;
    FollowFacts {
        is_blocked: [*pair, pair.reversed()]
            .iter()
            .any(|pair| state.blocks.contains_key(pair)),
        needs_approval: wish.needs_approval(&state.choices(pair.other())),
        existing: state.follow(*pair).map(|follow| follow.status),
    }
}

#[async_trait]
impl FollowStore for FakeStore {
    async fn follow(&self, wish: &FollowWish) -> Result<Followed, StoreError> {
        let mut state = self.state()?;
        if let Some(party) = state.erased_party(wish.pair) {
            return Ok(Followed::Erased(party));
        }
        let existing = state.follow(wish.pair);
        let follow = match (decide_follow(&facts(&state, wish)), existing) {
            (FollowDecision::Refuse, _) => return Ok(Followed::Blocked),
            (FollowDecision::Create(status), _) => new_follow(wish, status),
            (FollowDecision::Accept, Some(request)) => request.accepted_at(wish.now),
            (FollowDecision::Keep, Some(follow)) => follow,
            (FollowDecision::Accept | FollowDecision::Keep, None) => unreachable!("there is one"),
        };
        state.follows.insert(wish.pair, follow);
        Ok(Followed::Follow(follow))
    }

    async fn end_follow(&self, ending: &FollowEnding) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let follow = state.follow(ending.pair);
        let ends = follow.filter(|follow| ending.only.is_none_or(|only| follow.status == only));
        if ends.is_some() {
            state.follows.remove(&ending.pair);
        }
        Ok(ends.is_some())
    }

    async fn decide_follow_request(
        &self,
        asked: UserId,
        id: Uuid,
        decision: FollowRequestDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        let mut state = self.state()?;
        let mut follows = state.visible_follows();
        let found = follows.find(|follow| follow.id == id && follow.following_id == asked);
        drop(follows);
        let Some(request) = found else {
            return Ok(Decided::NotFound);
        };
        if request.status == FollowStatus::Accepted {
            return Ok(Decided::AlreadyAccepted);
        }
        Ok(Decided::Done(match decision {
            FollowRequestDecision::Accept => {
                let follow = request.accepted_at(now);
                state.follows.insert(pair_of(&request), follow);
                follow
            }
            FollowRequestDecision::Decline => {
                state.follows.remove(&pair_of(&request));
                request
            }
        }))
    }

    async fn find_follow(&self, pair: Pair) -> Result<Option<Follow>, StoreError> {
        Ok(self.state()?.follow(pair))
    }

    async fn page_of_follows(&self, query: &PageQuery) -> Result<FollowPage, StoreError> {
        let state = self.state()?;
        let (behind, skipped) = match query.start {
            PageStart::First => (None, 0),
            PageStart::BehindItem(number) => (None, u32::from(number.get())),
            PageStart::Behind(position) => (Some(position), 0),
        };
        let wanted = ListQuery {
            owner: query.owner,
            behind,
            limit: skipped + query.limit,
        };
        let listed = || list(&state, query.list.into(), query.owner);
        let mut items = part(listed(), &wanted);
        items.drain(..items.len().min(skipped as usize));
        Ok(FollowPage {
            items,
            total: listed().count() as u64,
        })
    }

    async fn list_follows(
        &self,
        list_of: FollowList,
        query: &ListQuery,
    ) -> Result<Vec<Follow>, StoreError> {
        let state = self.state()?;
        Ok(part(list(&state, list_of, query.owner), query))
    }

    async fn count_follows(&self, user_id: UserId) -> Result<FollowCounts, StoreError> {
        let state = self.state()?;
        let length = |list_of| list(&state, list_of, user_id).count() as u64;
        Ok(FollowCounts {
            followers: length(FollowList::Followers),
            following: length(FollowList::Following),
            requests_received: length(FollowList::RequestsReceived),
        })
    }
}
