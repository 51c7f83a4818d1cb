//! Audit: the history of a user's settings.

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::json_size::text_bytes;
use privet_domain::settings::audit::{AuditEntry, SettingName};
use serde_json::Value;
use uuid::Uuid;

use super::SettingsService;
use super::retention::{ExpiredEntries, ExpiryBatch};
use crate::StoreError;
use crate::paging::cut;

/// The maximum size of the entries of a page, in bytes. A page has at least one entry, of any size.
pub const MOST_BYTES: usize = 256 * 1024;

/// The maximum size of an entry in an answer, without its values, in bytes.
const ENTRY: usize = 640;

/// The size of an entry with these values in an answer, in bytes.
#[must_use]
pub fn weight(old_value: &Value, new_value: &Value) -> usize {
    ENTRY + text_bytes(old_value) + text_bytes(new_value)
}

/// The number of these entries that fit a page, at least one.
fn fitting(entries: &[AuditEntry]) -> u32 {
    let mut bytes = 0;
    let fits = |entry: &&AuditEntry| {
        bytes += weight(&entry.change.old_value, &entry.change.new_value);
        bytes <= MOST_BYTES
    };
    let fitting = entries.iter().take_while(fits).count();
    u32::try_from(fitting).unwrap_or(u32::MAX).max(1)
}

/// A requested part of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// The owner of the history.
    pub user_id: UserId,
    /// Only entries of this setting; the name of a preferences group matches only that exact name.
    pub setting: Option<SettingName>,
    /// Only entries older than the one with this id.
    pub before: Option<Uuid>,
    /// The maximum number of entries.
    pub limit: u32,
}

/// Reads audit entries, and deletes old ones. [`super::SettingsStore::compare_and_set`] writes them.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// The newest entries that match the query, newest (greatest id) first. MAY return fewer than the limit once
    /// they exceed [`MOST_BYTES`].
    async fn list(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError>;

    /// Looks at the entries of all users after a position, at most `most`, in the order of users and ids, and deletes
    /// those that are too old, in one transaction. MUST NOT delete the newest entry of a user and setting.
    async fn expire(&self, batch: &ExpiryBatch) -> Result<ExpiredEntries, StoreError>;
}

/// A page of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// The id before which the next page begins; `None` on the last page.
    pub next: Option<Uuid>,
}

impl SettingsService {
    /// A page of a user's own history.
    pub async fn list_audit_entries(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        let limit = query.limit;
        // One more than requested, to know whether there is another page.
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
