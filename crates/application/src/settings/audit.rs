//! Audit: the history of a user's own settings.

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::json_size::text_bytes;
use privet_domain::settings::audit::{AuditEntry, SettingName};
use serde_json::Value;
use uuid::Uuid;

use super::SettingsService;
use crate::StoreError;
use crate::paging::cut;

/// How much the entries of a page may weigh, in bytes. A page has at least one entry, however large.
pub const MOST_BYTES: usize = 256 * 1024;

/// What an entry takes in an answer besides its values, in bytes, at most.
const ENTRY: usize = 640;

/// What an entry with these values weighs: what it takes in an answer, in bytes.
#[must_use]
pub fn weight(old_value: &Value, new_value: &Value) -> usize {
    ENTRY + text_bytes(old_value) + text_bytes(new_value)
}

/// How many of these entries make a page, at least one.
fn fitting(entries: &[AuditEntry]) -> u32 {
    let mut bytes = 0;
    let fits = |entry: &&AuditEntry| {
        bytes += weight(&entry.change.old_value, &entry.change.new_value);
        bytes <= MOST_BYTES
    };
    let fitting = entries.iter().take_while(fits).count();
    u32::try_from(fitting).unwrap_or(u32::MAX).max(1)
}

/// Which part of a history is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Whose history.
    pub user_id: UserId,
    /// Only this setting's; of a preferences group, only that very key.
    pub setting: Option<SettingName>,
    /// Only entries older than the one of this id.
    pub before: Option<Uuid>,
    /// At most so many entries.
    pub limit: u32,
}

/// Reads audit entries. They are written by [`super::SettingsStore::compare_and_set`].
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// The newest entries that fit the query, newest (greatest id) first. MAY answer fewer than the limit once
    /// what it answers weighs more than [`MOST_BYTES`].
    async fn list(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError>;
}

/// One page of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// The id to go on before; `None` on the last page.
    pub next: Option<Uuid>,
}

impl SettingsService {
    /// One page of a user's own history.
    pub async fn list_audit_entries(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        let limit = query.limit;
        // One more than wanted tells whether another page follows.
        let query = AuditQuery {
            limit: limit + 1,
            ..query
        };
        let entries = self.audit.list(&query).await?;
        let limit = limit.min(fitting(&entries));
        let (entries, next) = cut(entries, limit, |entry| entry.id);
        Ok(AuditPage { entries, next })
    }
}
