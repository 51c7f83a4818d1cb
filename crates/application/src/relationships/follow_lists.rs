//! Lists of follows, and who may read them.

use privet_domain::catalogue::CoreAction;
use privet_domain::relationships::follows::Follow;
use privet_domain::{Pair, UserId};

use super::RelationshipService;
use super::follows::{CountedList, FollowCounts, FollowList, FollowListPage, PageQuery, PageStart};
use super::lists::{ListPart, ListQuery, Position, RelationshipError};
use crate::StoreError;
use crate::rules::decisions::Question;

impl RelationshipService {
    /// The follow or request of the caller to another user.
    pub async fn check_follow(&self, pair: Pair) -> Result<Option<Follow>, RelationshipError> {
        self.refuse_erased(pair.other()).await?;
        Ok(self.follows.find_follow(pair).await?)
    }

    /// A page of requests to the caller.
    pub async fn page_of_follow_requests(
        &self,
        owner: UserId,
        start: PageStart,
        limit: u32,
    ) -> Result<FollowListPage, StoreError> {
        self.read_page_of_follows(&PageQuery {
            owner,
            list: CountedList::RequestsReceived,
            start,
            limit,
        })
        .await
    }

    /// A page of a user's followers or followed users, for callers who may see the user's content.
    pub async fn page_of_follows(
        &self,
        viewer: UserId,
        query: &PageQuery,
    ) -> Result<FollowListPage, RelationshipError> {
        self.refuse_erased(query.owner).await?;
        let question = Question {
            viewer,
            subject: query.owner,
        };
        let decision = self
            .rules
            .decide_core_action(question, CoreAction::ViewContent)
            .await?;
        if decision.allowed {
            Ok(self.read_page_of_follows(query).await?)
        } else {
            Err(RelationshipError::Hidden)
        }
    }

    async fn read_page_of_follows(&self, query: &PageQuery) -> Result<FollowListPage, StoreError> {
        let page = self.follows.page_of_follows(&query.with_one_more()).await?;
        Ok(FollowListPage {
            part: ListPart::cut(page.items, query.limit, position_of),
            total: page.total,
        })
    }

    /// The numbers of followers, followed users and pending requests of a user.
    pub async fn count_follows(&self, user_id: UserId) -> Result<FollowCounts, RelationshipError> {
        self.refuse_erased(user_id).await?;
        Ok(self.follows.count_follows(user_id).await?)
    }

    /// A page of one of a user's own lists.
    pub async fn list_follows(
        &self,
        list: FollowList,
        query: ListQuery,
    ) -> Result<ListPart<Follow>, StoreError> {
        let follows = self
            .follows
            .list_follows(list, &query.with_one_more())
            .await?;
        Ok(ListPart::cut(follows, query.limit, position_of))
    }

    async fn refuse_erased(&self, user_id: UserId) -> Result<(), RelationshipError> {
        if self.tombstones.is_erased(user_id).await? {
            Err(RelationshipError::NotFound)
        } else {
            Ok(())
        }
    }
}

const fn position_of(follow: &Follow) -> Position {
    Position {
        at: follow.created_at,
        id: follow.id,
    }
}
