//! Contacts, blocks, exceptions and follows.

mod exceptions;
mod follows;

use async_trait::async_trait;
use privet_domain::relationships::blocks::{Block, MOST_BLOCKS};
use privet_domain::relationships::contacts::{Contact, MOST_CONTACTS};
use privet_domain::relationships::follows::FollowStatus;
use privet_domain::{Pair, Timestamp, UserId};

use super::FakeStore;
use super::state::{State, part};
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
    async fn import_contact(
        &self,
        pair: Pair,
        added_at: Timestamp,
        _: Timestamp,
    ) -> Result<Added<Contact>, StoreError> {
        let mut state = self.state()?;
        if let Some(party) = state.erased_party(pair) {
            return Ok(Added::Erased(party));
        }
        if let Some(contact) = state.contact(pair) {
            return Ok(Added::Stood(contact));
        }
        if State::owned(&state.contacts, pair.actor()) >= MOST_CONTACTS as usize {
            return Ok(Added::LimitReached);
        }
        state.contacts.insert(pair, (added_at, false));
        Ok(Added::New(state.contact(pair).unwrap()))
    }

    async fn remove_contact(&self, pair: Pair, _: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        Ok(state.contact(pair).is_some() && state.contacts.remove(&pair).is_some())
    }

    async fn set_close_friend(
        &self,
        pair: Pair,
        close_friend: bool,
        _: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let mut state = self.state()?;
        if state.contact(pair).is_some() {
            state
                .contacts
                .entry(pair)
                .and_modify(|contact| contact.1 = close_friend);
        }
        Ok(state.contact(pair))
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
    async fn import_block(
        &self,
        pair: Pair,
        blocked_at: Timestamp,
        _: Timestamp,
    ) -> Result<Added<Block>, StoreError> {
        let mut state = self.state()?;
        if let Some(party) = state.erased_party(pair) {
            return Ok(Added::Erased(party));
        }
        if let Some(block) = state.block(pair) {
            return Ok(Added::Stood(block));
        }
        if State::owned(&state.blocks, pair.actor()) >= MOST_BLOCKS as usize {
            return Ok(Added::LimitReached);
        }
        state.follows.remove(&pair);
        state.follows.remove(&pair.reversed());
        state.blocks.insert(pair, blocked_at);
        Ok(Added::New(state.block(pair).unwrap()))
    }

    async fn remove_block(&self, pair: Pair, _: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        if state.block(pair).is_none() {
            return Ok(false);
        }
        state.blocks.remove(&pair);
        if let Some(follow) = state.follows.get_mut(&pair.reversed())
            && follow.status == FollowStatus::Withheld
        {
            follow.status = FollowStatus::Pending;
        }
        Ok(true)
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
