//! Blocks: whom a user wants nothing to do with.

use async_trait::async_trait;
use privet_domain::relationships::blocks::Block;
use privet_domain::{Pair, Timestamp};

use super::RelationshipService;
use super::lists::{Added, ListPart, ListQuery, Position, RelationshipError};
use crate::StoreError;

/// Keeps blocks. The actor of a pair is the one who blocks.
#[async_trait]
pub trait BlockStore: Send + Sync {
    /// Blocks the other, and in the same transaction ends follows and requests between the two, in
    /// both directions. MUST store nothing where either was erased, MUST leave nothing behind an
    /// erasure that runs at the same time, and no follow behind one that is made at the same time.
    async fn add_block(&self, pair: Pair, now: Timestamp) -> Result<Added<Block>, StoreError>;

    /// Lifts the block; whether there was one. What it ended stays ended.
    async fn remove_block(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError>;

    /// The actor's block of the other.
    async fn find_block(&self, pair: Pair) -> Result<Option<Block>, StoreError>;

    /// A part of the owner's blocks, newest first.
    async fn list_blocks(&self, query: &ListQuery) -> Result<Vec<Block>, StoreError>;
}

impl RelationshipService {
    /// Blocks somebody. Answers the block, and whether it is new.
    pub async fn add_block(&self, pair: Pair) -> Result<(Block, bool), RelationshipError> {
        let now = self.clock.now();
        self.blocks.add_block(pair, now).await?.into_result()
    }

    /// Lifts the caller's block of somebody.
    pub async fn remove_block(&self, pair: Pair) -> Result<(), RelationshipError> {
        let now = self.clock.now();
        if self.blocks.remove_block(pair, now).await? {
            Ok(())
        } else {
            Err(RelationshipError::NotFound)
        }
    }

    /// One of the caller's blocks.
    pub async fn get_block(&self, pair: Pair) -> Result<Block, RelationshipError> {
        let block = self.blocks.find_block(pair).await?;
        block.ok_or(RelationshipError::NotFound)
    }

    /// A part of a user's own blocks.
    pub async fn list_blocks(&self, query: ListQuery) -> Result<ListPart<Block>, StoreError> {
        let blocks = self.blocks.list_blocks(&query.with_one_more()).await?;
        Ok(ListPart::cut(blocks, query.limit, |block| Position {
            at: block.blocked_at,
            id: block.user_id.as_uuid(),
        }))
    }
}
