//! Follows and requests to follow.

pub(crate) mod counts;
mod creation;
mod deletion;
mod import;
mod lists;
mod requests;

use async_trait::async_trait;
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

use counts::count;
use creation::follow;
use deletion::end;
use lists::{find, list, page};
use requests::decide_request;

pub(crate) use deletion::delete_both_ways;
pub(crate) use import::{accept_request, import_follows};
pub(crate) use requests::show_withheld;

#[async_trait]
impl FollowStore for PostgresStore {
    async fn follow(&self, wish: &FollowWish) -> Result<Followed, StoreError> {
        let wish = wish.clone();
        self.change(move |connection| {
            hold_pair(connection, wish.pair)?;
            follow(connection, &wish)
        })
        .await
    }

    async fn end_follow(&self, ending: &FollowEnding) -> Result<bool, StoreError> {
        let ending = *ending;
        self.change(move |connection| end(connection, &ending))
            .await
    }

    async fn decide_follow_request(
        &self,
        asked: UserId,
        id: Uuid,
        decision: FollowRequestDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        self.change(move |connection| decide_request(connection, asked, DbUuid(id), decision, now))
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
        let query = *query;
        let page = self
            .executor
            .read(move |connection| {
                connection
                    .build_transaction()
                    .read_only()
                    .repeatable_read()
                    .run(|connection| page(connection, &query))
            })
            .await?;
        follows::page(&query, page)
    }

    async fn list_follows(
        &self,
        list_of: FollowList,
        query: &ListQuery,
    ) -> Result<Vec<Follow>, StoreError> {
        let query = *query;
        let rows = self
            .executor
            .read(move |connection| list(connection, list_of, &query))
            .await?;
        Ok(follows::follows(rows))
    }

    async fn count_follows(&self, user_id: UserId) -> Result<FollowCounts, StoreError> {
        let counts = self
            .executor
            .read(move |connection| count(connection, user_id))
            .await?;
        follows::counts(counts)
    }
}
