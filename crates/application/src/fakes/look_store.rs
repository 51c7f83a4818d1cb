//! Looks, and the lengths of lists.

use std::cmp::Reverse;
use std::collections::HashMap;

use async_trait::async_trait;
use privet_domain::settings::looks::Look;
use privet_domain::{Pair, UserId};

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::administration::support::{LookQuery, LookStore, OwnedCounts};

fn count<T>(state: &State, table: &HashMap<Pair, T>, owner: UserId) -> u32 {
    let pairs = table.keys().filter(|pair| pair.actor() == owner);
    let shown = pairs.filter(|pair| state.erased_party(**pair).is_none());
    shown.count().try_into().unwrap()
}

#[async_trait]
impl LookStore for FakeStore {
    async fn record_look(&self, look: &Look) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let exists = state.rows.contains_key(&look.user_id);
        if exists {
            state.looks.push(look.clone());
        }
        Ok(exists)
    }

    async fn list_looks(&self, query: &LookQuery) -> Result<Vec<Look>, StoreError> {
        let state = self.state()?;
        let wanted = |look: &&Look| {
            look.user_id == query.user_id
                && !state.is_erased(look.user_id)
                && query.before.is_none_or(|before| look.id < before)
        };
        let mut looks: Vec<_> = state.looks.iter().filter(wanted).cloned().collect();
        looks.sort_by_key(|look| Reverse(look.id));
        looks.truncate(query.limit as usize);
        Ok(looks)
    }

    async fn count_owned(&self, user_id: UserId) -> Result<OwnedCounts, StoreError> {
        let state = self.state()?;
        Ok(OwnedCounts {
            contacts: count(&state, &state.contacts, user_id),
            blocks: count(&state, &state.blocks, user_id),
            exceptions: count(&state, &state.exceptions, user_id),
        })
    }
}
