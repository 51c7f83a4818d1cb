//! Rows and their history.

use std::cmp::Reverse;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::audit::{AuditEntry, SettingName};
use privet_domain::settings::user::User;

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::settings::audit::{AuditQuery, AuditStore};
use crate::settings::{Outcome, Presence, RowChange, SettingsStore};

fn presence(state: &State, user_id: UserId) -> Presence {
    match state.rows.get(&user_id) {
        _ if state.is_erased(user_id) => Presence::Erased,
        Some(row) => Presence::Here(Box::new(row.clone())),
        None => Presence::Unknown,
    }
}

#[async_trait]
impl SettingsStore for FakeStore {
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError> {
        let state = self.state()?;
        Ok(presence(&state, user_id))
    }

    async fn create(&self, row: &User) -> Result<Presence, StoreError> {
        let mut state = self.state()?;
        if presence(&state, row.id) == Presence::Unknown {
            state.rows.insert(row.id, row.clone());
        }
        Ok(presence(&state, row.id))
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        let mut state = self.state()?;
        self.faults.change_before(&mut state, &change.row);
        let stored = state.rows.get(&change.row.id);
        if stored.is_none_or(|row| row.revision != change.expected) {
            return Ok(Outcome::Conflict);
        }
        state.put(change.clone());
        Ok(Outcome::Stored)
    }

    async fn settled(&self) {
        self.faults.settled().await;
    }
}

#[async_trait]
impl AuditStore for FakeStore {
    async fn list(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let state = self.state()?;
        let setting = query.setting.as_ref().map(SettingName::as_str);
        let wanted = |entry: &&AuditEntry| {
            entry.user_id == query.user_id
                && !state.is_erased(entry.user_id)
                && setting.is_none_or(|name| entry.change.setting == name)
                && query.before.is_none_or(|before| entry.id < before)
        };
        let mut entries: Vec<_> = state.entries.iter().filter(wanted).cloned().collect();
        entries.sort_by_key(|entry| Reverse(entry.id));
        entries.truncate(query.limit as usize);
        Ok(entries)
    }
}
