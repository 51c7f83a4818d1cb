//! Whether the database is there.

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use privet_application::StoreError;
use privet_application::health::Dependency;

use crate::PostgresStore;

#[async_trait]
impl Dependency for PostgresStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.probe
            .read(|connection| connection.batch_execute("SELECT 1"))
            .await
    }
}
