//! Users' blocks.

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::blocks::BlockStore;
use privet_application::relationships::{Added, ListQuery};
use privet_database::block_queries;
use privet_domain::blocks::Block;
use privet_domain::{Pair, Timestamp};

use crate::PostgresStore;
use crate::locks::hold_pair;

#[async_trait]
impl BlockStore for PostgresStore {
    async fn add_block(&self, pair: Pair, now: Timestamp) -> Result<Added<Block>, StoreError> {
        let added = self
            .executor
            .write(move |connection| {
                connection.transaction(|connection| {
                    hold_pair(connection, pair)?;
                    add_block(connection, pair, now)
                })
            })
            .await?;
        Ok(added.map(Block::from))
    }

    async fn remove_block(&self, pair: Pair) -> Result<bool, StoreError> {
        self.executor
            .write(move |connection| remove(connection, pair))
            .await
    }

    async fn find_block(&self, pair: Pair) -> Result<Option<Block>, StoreError> {
        let row = self
            .executor
            .read(move |connection| find(connection, pair))
            .await?;
        Ok(row.map(Block::from))
    }

    async fn list_blocks(&self, query: &ListQuery) -> Result<Vec<Block>, StoreError> {
        let query = *query;
        let rows = self
            .executor
            .read(move |connection| list(connection, &query))
            .await?;
        Ok(rows.into_iter().map(Block::from).collect())
    }
}

block_queries!(PgConnection);
