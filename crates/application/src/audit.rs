//! Audit: the history of a user's own settings.

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::audit::{AuditEntry, SettingName};
use uuid::Uuid;

use crate::relationships::cut;
use crate::{Privet, StoreError};

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

/// Reads audit entries. They are written by [`crate::settings::SettingsStore::compare_and_set`].
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// The newest entries that fit the query, newest (greatest id) first.
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

impl Privet {
    /// One page of a user's own history.
    pub async fn list_audit_entries(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        let limit = query.limit;
        // One more than wanted tells whether another page follows.
        let query = AuditQuery {
            limit: limit + 1,
            ..query
        };
        let entries = self.audit.list(&query).await?;
        let (entries, next) = cut(entries, limit, |entry| entry.id);
        Ok(AuditPage { entries, next })
    }
}
