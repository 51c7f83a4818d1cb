//! Erasing users in batches.

use std::collections::HashMap;

use async_trait::async_trait;
use privet_domain::{Pair, Timestamp, UserId};

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::accounts::erasure::{ErasureStart, ErasureStore, Progress};
use crate::accounts::receipts::{DeletedCounts, ReceiptStore, StoredReceipt};

fn names(pair: Pair, user_id: UserId) -> bool {
    [pair.actor(), pair.other()].contains(&user_id)
}

/// How many rows besides their own are left of a user.
fn rows_left(state: &State, user_id: UserId) -> usize {
    let contacts = state.contacts.keys();
    let pairs = contacts
        .chain(state.blocks.keys())
        .chain(state.exceptions.keys())
        .chain(state.follows.keys());
    let entries = state
        .entries
        .iter()
        .filter(|entry| entry.user_id == user_id);
    let looks = state.looks.iter().filter(|look| look.user_id == user_id);
    pairs.filter(|pair| names(**pair, user_id)).count() + entries.count() + looks.count()
}

/// Deletes up to `most` of the rows that are the user's. Returns how many of the deleted rows are their own.
fn delete_pairs<T>(table: &mut HashMap<Pair, T>, user_id: UserId, most: &mut u32) -> u64 {
    let mut own = 0;
    table.retain(|pair, _| {
        let deletes = names(*pair, user_id) && *most > 0;
        if deletes {
            *most -= 1;
            own += u64::from(pair.actor() == user_id);
        }
        !deletes
    });
    own
}

/// Deletes up to `most` rows of a user, and counts their own.
fn delete_rows(state: &mut State, user_id: UserId, most: u32) -> Progress {
    let mut most = most;
    let mut audit_entries = 0;
    state.entries.retain(|entry| {
        let deletes = entry.user_id == user_id && most > 0;
        if deletes {
            most -= 1;
            audit_entries += 1;
        }
        !deletes
    });
    state.looks.retain(|look| {
        let deletes = look.user_id == user_id && most > 0;
        most -= u32::from(deletes);
        !deletes
    });
    let contacts = delete_pairs(&mut state.contacts, user_id, &mut most);
    let blocks = delete_pairs(&mut state.blocks, user_id, &mut most);
    let exceptions = delete_pairs(&mut state.exceptions, user_id, &mut most);
    let follows = delete_pairs(&mut state.follows, user_id, &mut most);
    if let Some((deleted, _)) = state.receipts.get_mut(&user_id) {
        deleted.contacts += contacts;
        deleted.blocks += blocks;
        deleted.exceptions += exceptions;
        deleted.follows += follows;
        deleted.audit_entries += audit_entries;
    }
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
    async fn begin_erasure(&self, start: ErasureStart) -> Result<Progress, StoreError> {
        let user_id = start.user_id;
        let mut state = self.state()?;
        if !state.is_erased(user_id) {
            state.tombstones.insert(user_id, start.at);
            if start.has_receipt {
                let nothing = (DeletedCounts::default(), None);
                state.receipts.insert(user_id, nothing);
            }
        }
        state.rows.remove(&user_id);
        Ok(delete_rows(&mut state, user_id, start.most))
    }

    async fn continue_erasure(
        &self,
        user_id: UserId,
        _: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError> {
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

#[async_trait]
impl ReceiptStore for FakeStore {
    async fn find_receipt(&self, user_id: UserId) -> Result<Option<StoredReceipt>, StoreError> {
        let state = self.state()?;
        if state.under_way.contains(&user_id) {
            return Ok(None);
        }
        let erased_at = state.tombstones.get(&user_id);
        let receipt = state.receipts.get(&user_id);
        let receipt = erased_at
            .zip(receipt)
            .map(|(erased_at, (deleted, signed))| StoredReceipt {
                erased_at: *erased_at,
                deleted: *deleted,
                signed: signed.clone(),
            });
        Ok(receipt)
    }

    async fn keep_receipt(
        &self,
        user_id: UserId,
        signed: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut state = self.state()?;
        let receipt = state.receipts.get_mut(&user_id);
        Ok(receipt.map(|(_, kept)| kept.get_or_insert_with(|| signed.to_owned()).clone()))
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
