//! Relationships between two users: contacts, blocks and follows.

pub mod blocks;
pub mod contacts;
mod follow_lists;
pub mod follows;
mod lists;

use std::sync::Arc;

pub use lists::{Added, ListPart, ListQuery, Party, Position, RelationshipError};

use crate::catalogue::CurrentCatalogue;
use crate::rules::RuleService;
use crate::tombstones::TombstoneStore;
use crate::{Clock, IdSource};
use blocks::BlockStore;
use contacts::ContactStore;
use follows::FollowStore;

/// Reads and changes contacts, blocks and follows. Cloning is cheap.
#[derive(Clone)]
pub struct RelationshipService {
    contacts: Arc<dyn ContactStore>,
    blocks: Arc<dyn BlockStore>,
    follows: Arc<dyn FollowStore>,
    tombstones: Arc<dyn TombstoneStore>,
    rules: RuleService,
    catalogue: Arc<CurrentCatalogue>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

/// The stores of relationships.
#[expect(missing_docs, reason = "the ports say what they keep")]
pub struct RelationshipStores {
    pub contacts: Arc<dyn ContactStore>,
    pub blocks: Arc<dyn BlockStore>,
    pub follows: Arc<dyn FollowStore>,
    pub tombstones: Arc<dyn TombstoneStore>,
}

impl RelationshipService {
    /// Relationships in these stores; `rules` decides who may see them.
    #[must_use]
    pub fn new(
        stores: RelationshipStores,
        rules: RuleService,
        catalogue: Arc<CurrentCatalogue>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            contacts: stores.contacts,
            blocks: stores.blocks,
            follows: stores.follows,
            tombstones: stores.tombstones,
            rules,
            catalogue,
            clock,
            ids,
        }
    }
}

#[cfg(test)]
mod tests;
