//! Contacts, blocks and follows.

mod follows;

use async_trait::async_trait;
use privet_domain::relationships::blocks::Block;
use privet_domain::relationships::contacts::Contact;
use privet_domain::{Pair, Timestamp, UserId};

use super::FakeStore;
use super::state::part;
use crate::StoreError;
use crate::relationships::blocks::BlockStore;
use crate::relationships::contacts::ContactStore;
use crate::relationships::{Added, ListQuery, Position};

fn position(at: Timestamp, user_id: UserId) -> Position {
    Position {
        at,
        id: user_id.as_uuid(),
    }
}

#[async_trait]
impl ContactStore for FakeStore {
    async fn add_contact(&self, pair: Pair, now: Timestamp) -> Result<Added<Contact>, StoreError> {
        let mut state = self.state()?;
        if let Some(party) = state.erased_party(pair) {
            return Ok(Added::Erased(party));
        }
        let stood = state.contact(pair).map(Added::Stood);
        state.contacts.entry(pair).or_insert(now);
        let new = state.contact(pair).map(Added::New);
        Ok(stood.or(new).unwrap())
    }

    async fn remove_contact(&self, pair: Pair, _: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        Ok(state.contact(pair).is_some() && state.contacts.remove(&pair).is_some())
    }

    async fn find_contact(&self, pair: Pair) -> Result<Option<Contact>, StoreError> {
        Ok(self.state()?.contact(pair))
    }

    async fn list_contacts(&self, query: &ListQuery) -> Result<Vec<Contact>, StoreError> {
        let state = self.state()?;
        let pairs = state.contacts.keys();
        let owned = pairs.filter(|pair| pair.actor() == query.owner);
        let contacts = owned.filter_map(|pair| state.contact(*pair));
        let contacts =
            contacts.map(|contact| (position(contact.added_at, contact.user_id), contact));
        Ok(part(contacts, query))
    }
}

#[async_trait]
impl BlockStore for FakeStore {
    async fn add_block(&self, pair: Pair, now: Timestamp) -> Result<Added<Block>, StoreError> {
        let mut state = self.state()?;
        if let Some(party) = state.erased_party(pair) {
            return Ok(Added::Erased(party));
        }
        state.follows.remove(&pair);
        state.follows.remove(&pair.reversed());
        let stood = state.block(pair).map(Added::Stood);
        state.blocks.entry(pair).or_insert(now);
        let new = state.block(pair).map(Added::New);
        Ok(stood.or(new).unwrap())
    }

    async fn remove_block(&self, pair: Pair, _: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        Ok(state.block(pair).is_some() && state.blocks.remove(&pair).is_some())
    }

    async fn find_block(&self, pair: Pair) -> Result<Option<Block>, StoreError> {
        Ok(self.state()?.block(pair))
    }

    async fn list_blocks(&self, query: &ListQuery) -> Result<Vec<Block>, StoreError> {
        let state = self.state()?;
        let pairs = state.blocks.keys();
        let owned = pairs.filter(|pair| pair.actor() == query.owner);
        let blocks = owned.filter_map(|pair| state.block(*pair));
        let blocks = blocks.map(|block| (position(block.blocked_at, block.user_id), block));
        Ok(part(blocks, query))
    }
}
