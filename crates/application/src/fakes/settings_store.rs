//! Rows and their history.

use std::cmp::Reverse;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::audit::{AuditEntry, SettingName};

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::settings::audit::{AuditQuery, AuditStore};
use crate::settings::retention::{EntryPosition, ExpiredEntries, ExpiryBatch};
use crate::settings::{Creation, Outcome, Presence, RowChange, SettingsStore};
use crate::user_events::UserEvent;

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

    async fn create(&self, creation: Creation) -> Result<Presence, StoreError> {
        let mut state = self.state()?;
        let user_id = creation.row.id;
        if presence(&state, user_id) == Presence::Unknown {
            let entries = creation.events.iter().flat_map(UserEvent::entries);
            state.entries.extend(entries.cloned());
            state.rows.insert(user_id, creation.row);
        }
        Ok(presence(&state, user_id))
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

    async fn expire(&self, batch: &ExpiryBatch) -> Result<ExpiredEntries, StoreError> {
        let mut state = self.state()?;
        let mut entries = state.entries.clone();
        entries.sort_by_key(position);
        let is_newest = |entry: &AuditEntry| {
            let is_newer = |other: &AuditEntry| {
                other.user_id == entry.user_id
                    && other.change.setting == entry.change.setting
                    && other.id > entry.id
            };
            !entries.iter().any(is_newer)
        };
        let after = |entry: &&AuditEntry| batch.after.is_none_or(|after| position(entry) > after);
        let most = batch.most as usize;
        let looked_at: Vec<_> = entries.iter().filter(after).take(most).collect();
        let is_full = looked_at.len() == most;
        let last = looked_at.last().filter(|_| is_full);
        let last = last.map(|entry| position(entry));
        let old = looked_at.into_iter();
        let old = old.filter(|entry| entry.occurred_at < batch.before && !is_newest(entry));
        let old: Vec<_> = old.map(position).collect();
        state
            .entries
            .retain(|entry| !old.contains(&position(entry)));
        Ok(ExpiredEntries {
            deleted: old.len() as u64,
            last,
        })
    }
}

fn position(entry: &AuditEntry) -> EntryPosition {
    EntryPosition {
        user_id: entry.user_id,
        id: entry.id,
    }
}
