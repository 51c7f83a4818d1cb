//! Erasing users in batches.

use async_trait::async_trait;
use privet_domain::{Pair, Timestamp, UserId};

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::accounts::erasure::{ErasureStore, Progress};

fn names(pair: Pair, user_id: UserId) -> bool {
    [pair.actor(), pair.other()].contains(&user_id)
}

/// How many rows besides their own are left of a user.
fn rows_left(state: &State, user_id: UserId) -> usize {
    let contacts = state.contacts.keys();
    let pairs = contacts
        .chain(state.blocks.keys())
        .chain(state.follows.keys());
    let entries = state
        .entries
        .iter()
        .filter(|entry| entry.user_id == user_id);
    pairs.filter(|pair| names(**pair, user_id)).count() + entries.count()
}

/// Deletes up to `most` rows of a user.
fn delete_rows(state: &mut State, user_id: UserId, most: u32) -> Progress {
    let mut most = most;
    let mut keeps = |is_theirs: bool| {
        let deletes = is_theirs && most > 0;
        most -= u32::from(deletes);
        !deletes
    };
    state
        .entries
        .retain(|entry| keeps(entry.user_id == user_id));
    state
        .contacts
        .retain(|pair, _| keeps(names(*pair, user_id)));
    state.blocks.retain(|pair, _| keeps(names(*pair, user_id)));
    state.follows.retain(|pair, _| keeps(names(*pair, user_id)));
    if rows_left(state, user_id) == 0 {
        state.under_way.retain(|it| *it != user_id);
        return Progress::Finished;
    }
    if !state.under_way.contains(&user_id) {
        state.under_way.push(user_id);
    }
    Progress::RowsLeft
}

#[async_trait]
impl ErasureStore for FakeStore {
    async fn begin_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError> {
        let mut state = self.state()?;
        state.tombstones.entry(user_id).or_insert(now);
        state.rows.remove(&user_id);
        Ok(delete_rows(&mut state, user_id, most))
    }

    async fn continue_erasure(&self, user_id: UserId, most: u32) -> Result<Progress, StoreError> {
        let mut state = self.state()?;
        if self.faults.holds_rows() {
            return Ok(Progress::RowsHeld);
        }
        Ok(delete_rows(&mut state, user_id, most))
    }

    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError> {
        let state = self.state()?;
        Ok(state
            .under_way
            .iter()
            .copied()
            .take(most as usize)
            .collect())
    }
}

impl FakeStore {
    /// How many rows are left of a user, their own row included, without the tombstone.
    pub fn rows_of(&self, user_id: UserId) -> usize {
        let state = self.stored();
        rows_left(&state, user_id) + usize::from(state.rows.contains_key(&user_id))
    }

    /// When the user was erased.
    pub fn erased_at(&self, user_id: UserId) -> Option<Timestamp> {
        self.stored().tombstones.get(&user_id).copied()
    }
}
