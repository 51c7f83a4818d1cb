//! Follows and requests to follow.

pub(crate) mod counts;
mod creation;
mod deletion;
mod import;
mod lists;
mod requests;

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::relationships::ListQuery;
use privet_application::relationships::follows::{
    Decided, FollowCounts, FollowEnding, FollowList, FollowPage, FollowRequestDecision,
    FollowStore, FollowWish, Followed, PageQuery,
};
use privet_database::DbUuid;
use privet_database::rows::follows;
use privet_domain::relationships::follows::Follow;
use privet_domain::{Pair, Timestamp, UserId};
use uuid::Uuid;

use crate::PostgresStore;
use crate::locks::hold_pair;
use crate::relationships::effect::{hold_where_spread, is_in_effect, is_pair_in_effect};

use counts::count;
use creation::follow;
use deletion::end;
use lists::{find, list, page};
use requests::{decide_request, find_by_id, hold_parties};

pub(crate) use deletion::delete_both_ways;
pub(crate) use import::{accept_request, import_follows};
pub(crate) use lists::is_any_shown;
pub(crate) use requests::show_withheld;

#[async_trait]
impl FollowStore for PostgresStore {
    async fn follow(&self, wish: &FollowWish) -> Result<Followed, StoreError> {
        let (wish, pair, layout) = (wish.clone(), wish.pair, self.layout.clone());
        let make_follow = move |connection: &mut PgConnection| {
            hold_pair(connection, pair, layout.get())?;
            follow(connection, &wish, layout.get())
        };
        self.change_in_effect(make_follow, move |connection, followed| {
            let is_seen = match followed {
                Followed::Follow(follow) => is_as_answered(connection, follow)?,
                Followed::Blocked | Followed::Erased(_) => true,
            };
            is_pair_in_effect(connection, pair, is_seen)
        })
        .await
    }

    async fn end_follow(&self, ending: &FollowEnding) -> Result<bool, StoreError> {
        let (ending, layout) = (*ending, self.layout.clone());
        let end_follow = move |connection: &mut PgConnection| {
            hold_where_spread(connection, ending.pair, layout.get())?;
            end(connection, &ending)
        };
        self.change_in_effect(end_follow, move |connection, has_ended| {
            let is_seen = !has_ended || find(connection, ending.pair)?.is_none();
            is_pair_in_effect(connection, ending.pair, is_seen)
        })
        .await
    }

    async fn decide_follow_request(
        &self,
        asked: UserId,
        id: Uuid,
        decision: FollowRequestDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        let layout = self.layout.clone();
        let decide = move |connection: &mut PgConnection| {
            if layout.get().is_spread() {
                hold_parties(connection, asked, DbUuid(id))?;
            }
            decide_request(connection, asked, DbUuid(id), decision, now)
        };
        self.change_in_effect(decide, move |connection, decided| {
            let is_seen = match (decided, decision) {
                (Decided::Done(follow), FollowRequestDecision::Accept) => {
                    is_as_answered(connection, follow)?
                }
                (Decided::Done(_), FollowRequestDecision::Decline) => {
                    find_by_id(connection, asked, DbUuid(id))?.is_none()
                }
                (Decided::AlreadyAccepted | Decided::NotFound, _) => true,
            };
            is_in_effect(connection, &[asked], is_seen)
        })
        .await
    }

    async fn find_follow(&self, pair: Pair) -> Result<Option<Follow>, StoreError> {
        let row = self
            .executor
            .read(move |connection| find(connection, pair))
            .await?;
        Ok(row.map(Follow::from))
    }

    async fn page_of_follows(&self, query: &PageQuery) -> Result<FollowPage, StoreError> {
        let (query, layout) = (*query, self.layout.clone());
        let page = self
            .executor
            .read(move |connection| {
                connection
                    .build_transaction()
                    .read_only()
                    .repeatable_read()
                    .run(|connection| page(connection, &query, layout.get()))
            })
            .await?;
        follows::page(&query, page)
    }

    async fn list_follows(
        &self,
        list_of: FollowList,
        query: &ListQuery,
    ) -> Result<Vec<Follow>, StoreError> {
        let (query, layout) = (*query, self.layout.clone());
        let rows = self
            .executor
            .read(move |connection| list(connection, list_of, &query, layout.get()))
            .await?;
        Ok(follows::follows(rows))
    }

    async fn count_follows(&self, user_id: UserId) -> Result<FollowCounts, StoreError> {
        let layout = self.layout.clone();
        let counts = self
            .executor
            .read(move |connection| count(connection, user_id, layout.get()))
            .await?;
        follows::counts(counts)
    }
}

/// Whether the follow or request is stored as it was answered.
fn is_as_answered(connection: &mut PgConnection, follow: &Follow) -> QueryResult<bool> {
    let Ok(pair) = Pair::new(follow.follower_id, follow.following_id) else {
        return Ok(true);
    };
    let stored = find(connection, pair)?.map(Follow::from);
    Ok(stored.as_ref() == Some(follow))
}
