//! Many relationships at once, and everything in the order of the keys.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use privet_domain::relationships::contacts::MOST_CONTACTS;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::settings::user::User;
use privet_domain::transfer::{BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine};
use privet_domain::{Pair, UserId};

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::transfer::{ContactBatch, FollowBatch, ImportedContact, Made, PairKey, TransferStore};

fn key(pair: Pair) -> PairKey {
    (pair.actor(), pair.other())
}

/// Up to `most` of these after a key, in the order of the keys.
fn after<K: Ord + Copy, T>(
    items: impl Iterator<Item = (K, T)>,
    after: Option<K>,
    most: u32,
) -> Vec<T> {
    let mut items: Vec<_> = items
        .filter(|(key, _)| after.is_none_or(|after| *key > after))
        .collect();
    items.sort_by_key(|(key, _)| *key);
    let items = items.into_iter().take(most as usize);
    items.map(|(_, item)| item).collect()
}

/// The rows of a table about users who are there.
fn shown<'a, T>(
    state: &'a State,
    table: &'a HashMap<Pair, T>,
) -> impl Iterator<Item = (Pair, &'a T)> {
    let rows = table.iter().map(|(pair, row)| (*pair, row));
    rows.filter(|(pair, _)| state.erased_party(*pair).is_none())
}

fn add_contact(state: &mut State, contact: &ImportedContact, overwrites: bool) -> Made {
    let pair = contact.pair;
    if state.erased_party(pair).is_some() {
        return Made::Skipped;
    }
    let wanted = contact.close_friend;
    let Some((_, close_friend)) = state.contacts.get_mut(&pair) else {
        let row = (contact.added_at, wanted.unwrap_or_default());
        state.contacts.insert(pair, row);
        return Made::Created;
    };
    match wanted {
        Some(wanted) if overwrites && wanted != *close_friend => {
            *close_friend = wanted;
            Made::Changed
        }
        _ => Made::Unchanged,
    }
}

fn add_follow(state: &mut State, follow: &Follow, batch: &FollowBatch) -> Made {
    let pair = Pair::new(follow.follower_id, follow.following_id).unwrap();
    if state.erased_party(pair).is_some() {
        return Made::Skipped;
    }
    if state.block(pair).is_some() {
        return Made::FollowerBlocks;
    }
    let is_blocked = state.block(pair.reversed()).is_some();
    match state.follows.get_mut(&pair) {
        Some(existing)
            if batch.overwrites
                && existing.status == FollowStatus::Pending
                && follow.status == FollowStatus::Accepted =>
        {
            *existing = existing.accepted_at(batch.now);
            Made::Changed
        }
        Some(_) => Made::Unchanged,
        None => {
            let follow = if is_blocked {
                Follow {
                    status: FollowStatus::Withheld,
                    decided_at: None,
                    ..*follow
                }
            } else {
                *follow
            };
            state.follows.insert(pair, follow);
            Made::Created
        }
    }
}

#[async_trait]
impl TransferStore for FakeStore {
    async fn import_contacts(&self, batch: &ContactBatch) -> Result<Option<Vec<Made>>, StoreError> {
        let mut state = self.state()?;
        let before = state.contacts.clone();
        let mut made = Vec::new();
        for contact in &batch.contacts {
            made.push(add_contact(&mut state, contact, batch.overwrites));
            let owner = contact.pair.actor();
            if State::owned(&state.contacts, owner) > MOST_CONTACTS as usize {
                state.contacts = before;
                return Ok(None);
            }
        }
        Ok(Some(made))
    }

    async fn import_follows(&self, batch: &FollowBatch) -> Result<Vec<Made>, StoreError> {
        let mut state = self.state()?;
        let follows = batch.follows.iter();
        let made = follows.map(|follow| add_follow(&mut state, follow, batch));
        Ok(made.collect())
    }

    async fn erased_among(&self, users: &[UserId]) -> Result<HashSet<UserId>, StoreError> {
        let state = self.state()?;
        let users = users.iter().copied();
        Ok(users.filter(|user_id| state.is_erased(*user_id)).collect())
    }

    async fn users_after(
        &self,
        position: Option<UserId>,
        most: u32,
    ) -> Result<Vec<User>, StoreError> {
        let state = self.state()?;
        let users = state.rows.values().map(|user| (user.id, user.clone()));
        Ok(after(users, position, most))
    }

    async fn contacts_after(
        &self,
        position: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<ContactLine>, StoreError> {
        let state = self.state()?;
        let lines = shown(&state, &state.contacts).map(|(pair, (added_at, close_friend))| {
            let line = ContactLine {
                pair,
                close_friend: Some(*close_friend),
                added_at: Some(*added_at),
            };
            (key(pair), line)
        });
        Ok(after(lines, position, most))
    }

    async fn blocks_after(
        &self,
        position: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<BlockLine>, StoreError> {
        let state = self.state()?;
        let lines = shown(&state, &state.blocks).map(|(pair, blocked_at)| {
            let blocked_at = Some(*blocked_at);
            (key(pair), BlockLine { pair, blocked_at })
        });
        Ok(after(lines, position, most))
    }

    async fn exceptions_after(
        &self,
        position: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<ExceptionLine>, StoreError> {
        let state = self.state()?;
        let lines = shown(&state, &state.exceptions).map(|(pair, (exceptions, _))| {
            let exceptions = exceptions.clone();
            (key(pair), ExceptionLine { pair, exceptions })
        });
        Ok(after(lines, position, most))
    }

    async fn follows_after(
        &self,
        position: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<FollowLine>, StoreError> {
        let state = self.state()?;
        let lines = shown(&state, &state.follows)
            .map(|(pair, follow)| (key(pair.reversed()), FollowLine::of(pair, follow)));
        Ok(after(lines, position, most))
    }

    async fn erased_after(
        &self,
        position: Option<UserId>,
        most: u32,
    ) -> Result<Vec<ErasedLine>, StoreError> {
        let state = self.state()?;
        let lines = state.tombstones.iter();
        let lines = lines.map(|(user_id, at)| {
            let (user_id, at) = (*user_id, *at);
            (user_id, ErasedLine { user_id, at })
        });
        Ok(after(lines, position, most))
    }
}
