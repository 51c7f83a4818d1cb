//! Whether the database is reachable and writable.

use async_trait::async_trait;
use privet_application::StoreError;
use privet_application::health::{Availability, Dependency, Obstacle};

use crate::PostgresStore;
use crate::connection::session::assert_writable;

#[async_trait]
impl Dependency for PostgresStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<Availability, StoreError> {
        self.probe.read(assert_writable).await?;
        // Only a change that needs space shows whether the disk is full.
        Ok(if self.executor.found_no_room() {
            Availability::ReadsOnly(Obstacle::DiskFull)
        } else {
            Availability::Complete
        })
    }
}
