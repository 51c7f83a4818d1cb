//! Blocks.

use async_trait::async_trait;
use privet_domain::relationships::blocks::Block;
use privet_domain::{Pair, Timestamp};

use super::RelationshipService;
use super::lists::{Added, ListPart, ListQuery, Position, RelationshipError};
use crate::StoreError;

/// Stores blocks. The actor of a pair is the blocking user.
#[async_trait]
pub trait BlockStore: Send + Sync {
    /// Blocks the other user, and deletes follows and requests between the two in the same transaction, in both
    /// directions. MUST store nothing if one of them is erased or the actor blocks
    /// [`MOST_BLOCKS`](privet_domain::relationships::blocks::MOST_BLOCKS) users. MUST leave no block after a concurrent
    /// erasure, and no follow except a withheld one after a concurrent follow. MUST change nothing if the block exists.
    /// MUST NOT count the blocks: their number is stored.
    async fn add_block(&self, pair: Pair, now: Timestamp) -> Result<Added<Block>, StoreError> {
        self.import_block(pair, now, now).await
    }

    /// The same, for a block that began at another time.
    async fn import_block(
        &self,
        pair: Pair,
        blocked_at: Timestamp,
        now: Timestamp,
    ) -> Result<Added<Block>, StoreError>;

    /// Removes the block; returns whether there was one. Does not restore follows. A withheld request of the other user
    /// becomes pending in the same transaction; only the actor gets an event of it.
    async fn remove_block(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError>;

    /// The actor's block of the other user.
    async fn find_block(&self, pair: Pair) -> Result<Option<Block>, StoreError>;

    /// A page of the owner's blocks, newest first.
    async fn list_blocks(&self, query: &ListQuery) -> Result<Vec<Block>, StoreError>;
}

impl RelationshipService {
    /// Blocks a user. Returns the block, and whether it is new.
    pub async fn add_block(&self, pair: Pair) -> Result<(Block, bool), RelationshipError> {
        let now = self.clock.now();
        self.blocks.add_block(pair, now).await?.into_result()
    }

    /// Removes the caller's block of a user.
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

    /// A page of a user's own blocks.
    pub async fn list_blocks(&self, query: ListQuery) -> Result<ListPart<Block>, StoreError> {
        let blocks = self.blocks.list_blocks(&query.with_one_more()).await?;
        Ok(ListPart::cut(blocks, query.limit, |block| Position {
            at: block.blocked_at,
            id: block.user_id.as_uuid(),
        }))
    }
}
