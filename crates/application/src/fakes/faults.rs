//! What goes wrong with a [`FakeStore`] when a test says so.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use privet_domain::settings::user::User;
use tokio::sync::watch;

use super::FakeStore;
use super::state::State;
use crate::StoreError;

/// A change by somebody else: what their row looks like after it.
pub(super) type OtherChange = Box<dyn FnOnce(&User) -> User + Send>;

#[derive(Default)]
pub(super) struct Faults {
    is_away: AtomicBool,
    /// Whether changes that were answered as unavailable may still be carried out.
    is_unsettled: watch::Sender<bool>,
    holds_rows: AtomicBool,
    other_changes: Mutex<VecDeque<OtherChange>>,
}

impl Faults {
    pub fn check(&self) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            Err(StoreError::unavailable("the fake store is away"))
        } else {
            Ok(())
        }
    }

    pub fn holds_rows(&self) -> bool {
        self.holds_rows.load(Ordering::Relaxed)
    }

    pub async fn settled(&self) {
        let mut unsettled = self.is_unsettled.subscribe();
        unsettled.wait_for(|unsettled| !unsettled).await.unwrap();
    }

    /// Carries out what somebody else changes between a read and the change that follows it.
    pub fn change_before(&self, state: &mut State, row: &User) {
        let change = self.other_changes.lock().unwrap().pop_front();
        if let (Some(change), Some(stored)) = (change, state.rows.get(&row.id)) {
            let changed = change(stored);
            state.rows.insert(row.id, changed);
        }
    }
}

impl FakeStore {
    /// From now on every call is answered that the store is not available.
    pub fn go_away(&self) {
        self.faults.is_away.store(true, Ordering::Relaxed);
    }

    /// The same, and what is sent from now on may be carried out until [`Self::come_back`].
    pub fn time_out(&self) {
        self.faults.is_unsettled.send_replace(true);
        self.go_away();
    }

    /// Answers again.
    pub fn come_back(&self) {
        self.faults.is_away.store(false, Ordering::Relaxed);
        self.faults.is_unsettled.send_replace(false);
    }

    /// Whether another transaction holds rows that an erasure is to delete.
    pub fn hold_rows(&self, are_held: bool) {
        self.faults.holds_rows.store(are_held, Ordering::Relaxed);
    }

    /// The next compare-and-set of a row comes after this change of the same row by somebody else.
    pub fn change_before_next(&self, change: impl FnOnce(&User) -> User + Send + 'static) {
        let mut changes = self.faults.other_changes.lock().unwrap();
        changes.push_back(Box::new(change));
    }
}
