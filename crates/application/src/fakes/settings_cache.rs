//! A cache that keeps rows for good, and notes what it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::user::User;
use uuid::Uuid;

use crate::StoreError;
use crate::settings::cache::{Cached, Lease, SettingsCache};

#[derive(Default)]
pub struct FakeSettingsCache(Mutex<State>);

#[derive(Default)]
struct State {
    rows: HashMap<UserId, Arc<User>>,
    /// Grows whenever a change of anybody's row begins or ends: leases from before are void.
    changes: u64,
    under_way: Vec<UserId>,
    notes: Vec<&'static str>,
    is_away: bool,
    /// Of which extension the lease was that the last change ended with; 0 for the lease of its beginning.
    ended_with: u128,
}

impl State {
    fn lease(&self, user_id: UserId) -> Lease {
        Lease {
            user_id,
            epoch: Uuid::nil(),
            token: self.changes,
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.is_away {
            return Err(StoreError::unavailable("the fake cache is away"));
        }
        Ok(())
    }
}

impl FakeSettingsCache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// From now on the cache answers nothing and takes nothing.
    pub fn go_away(&self) {
        self.state().is_away = true;
    }

    /// What it was told: what rows it took, which changes began and what they left.
    pub fn notes(&self) -> Vec<&'static str> {
        self.state().notes.clone()
    }

    /// How often the lease had been extended that the last change ended with.
    pub fn extensions(&self) -> u128 {
        self.state().ended_with
    }

    /// The row that it would answer.
    pub fn row(&self, user_id: UserId) -> Option<Arc<User>> {
        self.state().rows.get(&user_id).cloned()
    }
}

#[async_trait]
impl SettingsCache for FakeSettingsCache {
    async fn get(&self, user_id: UserId) -> Cached {
        let state = self.state();
        match state.rows.get(&user_id) {
            _ if state.is_away => Cached::Unreachable,
            Some(row) => Cached::Row(Arc::clone(row)),
            None => Cached::Nothing(Some(state.lease(user_id))),
        }
    }

    async fn fill(&self, lease: Lease, row: Arc<User>) {
        let mut state = self.state();
        if state.lease(lease.user_id) == lease && !state.under_way.contains(&lease.user_id) {
            state.notes.push("filled");
            state.rows.insert(lease.user_id, row);
        }
    }

    async fn begin_change(&self, user_id: UserId) -> Result<Lease, StoreError> {
        let mut state = self.state();
        state.check()?;
        state.changes += 1;
        state.under_way.push(user_id);
        state.rows.remove(&user_id);
        state.notes.push("begun");
        Ok(state.lease(user_id))
    }

    /// Counts in the epoch, which nothing else here uses.
    async fn extend_change(&self, lease: Lease) -> Lease {
        Lease {
            epoch: Uuid::from_u128(lease.epoch.as_u128() + 1),
            ..lease
        }
    }

    async fn end_change(&self, lease: Lease, row: Option<Arc<User>>) -> Result<(), StoreError> {
        let mut state = self.state();
        state.check()?;
        state.ended_with = lease.epoch.as_u128();
        let is_alone = state.lease(lease.user_id) == lease;
        state.changes += 1;
        state.under_way.retain(|user_id| *user_id != lease.user_id);
        match row {
            Some(row) if is_alone => {
                state.notes.push("left a row");
                state.rows.insert(lease.user_id, row);
            }
            _ => state.notes.push("left nothing"),
        }
        Ok(())
    }
}
