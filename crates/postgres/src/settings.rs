//! Finding, creating and changing users' rows.

mod audit;
mod columns;
mod compare_and_set;
mod creation;
mod expiry;
mod find;

use async_trait::async_trait;
use privet_application::StoreError;
use privet_application::settings::{Creation, Outcome, Presence, RowChange, SettingsStore};
use privet_domain::UserId;

use crate::PostgresStore;

pub(crate) use compare_and_set::Changes;
pub(crate) use creation::Creations;
pub(crate) use find::Finds;

#[async_trait]
impl SettingsStore for PostgresStore {
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError> {
        self.finds.submit(user_id).await?.try_into()
    }

    async fn create(&self, creation: Creation) -> Result<Presence, StoreError> {
        let held = self.creations.submit(creation).await?;
        held.try_into()
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        self.changes.submit(change.clone()).await
    }

    async fn settled(&self) {
        self.executor.settled().await;
    }
}
