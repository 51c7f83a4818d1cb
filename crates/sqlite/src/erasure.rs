//! Erasing users, and telling who was erased.

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::erasure::ErasureStore;
use privet_database::{DbTime, DbUuid, erasure_queries};
use privet_domain::{Timestamp, UserId};

use crate::SqliteStore;
use crate::connection::write_transaction;

#[async_trait]
impl ErasureStore for SqliteStore {
    async fn erase(&self, user_id: UserId, now: Timestamp) -> Result<(), StoreError> {
        let (user_id, now) = (DbUuid::from(user_id), DbTime(now));
        self.writer
            .write(move |connection| {
                write_transaction(connection, |connection| erase(connection, user_id, now))
            })
            .await
    }

    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.readers
            .read(move |connection| is_erased(connection, user_id.into()))
            .await
    }
}

erasure_queries!(SqliteConnection);
