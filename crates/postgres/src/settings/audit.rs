//! Reading audit entries, and deleting old ones. `crate::record` inserts them.

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::settings::audit::{AuditQuery, AuditStore};
use privet_application::settings::retention::{ExpiredEntries, ExpiryBatch};
use privet_database::DbUuid;
use privet_database::erasure::IsNotBeingErased;
use privet_database::rows::audit::{AuditRow, entries, load_in_steps};
use privet_domain::settings::audit::AuditEntry;

use crate::PostgresStore;
use crate::schema::audit_log;

use super::expiry::expire;

#[async_trait]
impl AuditStore for PostgresStore {
    async fn list(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let query = query.clone();
        let rows = self
            .executor
            .read(move |connection| list(connection, &query))
            .await?;
        entries(rows)
    }

    async fn expire(&self, batch: &ExpiryBatch) -> Result<ExpiredEntries, StoreError> {
        let (batch, layout) = (*batch, self.layout.clone());
        self.change(move |connection| expire(connection, &batch, layout.get()))
            .await
    }
}

fn list(connection: &mut PgConnection, query: &AuditQuery) -> QueryResult<Vec<AuditRow>> {
    load_in_steps(query, |query| {
        let mut rows = audit_log::table
            .filter(audit_log::user_id.eq(DbUuid::from(query.user_id)))
            .filter(IsNotBeingErased(audit_log::user_id))
            .order(audit_log::id.desc())
            .limit(query.limit.into())
            .into_boxed();
        if let Some(setting) = &query.setting {
            rows = rows.filter(audit_log::setting.eq(setting.as_str()));
        }
        if let Some(before) = query.before {
            rows = rows.filter(audit_log::id.lt(DbUuid(before)));
        }
        rows.load(connection)
    })
}
