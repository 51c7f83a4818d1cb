//! Erasing users, and telling who was erased.

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::erasure::ErasureStore;
use privet_database::{DbTime, DbUuid, erasure_queries};
use privet_domain::{Timestamp, UserId};

use crate::PostgresStore;
use crate::locks::{lock_existence, lock_relationships};

/// Somebody may have a million followers. Whoever asked is told after the usual time that nobody knows
/// how it ended; it goes on meanwhile, and asking again is harmless.
const AS_LONG_AS_IT_TAKES: &str = "SET LOCAL statement_timeout = '10min'";

#[async_trait]
impl ErasureStore for PostgresStore {
    async fn erase(&self, user_id: UserId, now: Timestamp) -> Result<(), StoreError> {
        let (user_id, now) = (DbUuid::from(user_id), DbTime(now));
        self.executor
            .write(move |connection| {
                connection.transaction(|connection| {
                    lock_existence(connection, user_id)?;
                    connection.batch_execute(AS_LONG_AS_IT_TAKES)?;
                    lock_relationships(connection, user_id)?;
                    erase(connection, user_id, now)
                })
            })
            .await
    }

    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.executor
            .read(move |connection| is_erased(connection, user_id.into()))
            .await
    }
}

erasure_queries!(PgConnection);
