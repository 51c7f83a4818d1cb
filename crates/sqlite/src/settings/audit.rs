//! Reading audit entries. They are written in `settings.rs`.

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::audit::{AuditQuery, AuditStore};
use privet_database::audit_queries;
use privet_database::rows::audit::entries;
use privet_domain::audit::AuditEntry;

use crate::SqliteStore;

#[async_trait]
impl AuditStore for SqliteStore {
    async fn list(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let query = query.clone();
        let rows = self
            .readers
            .read(move |connection| list(connection, &query))
            .await?;
        entries(rows)
    }
}

audit_queries!(SqliteConnection);
