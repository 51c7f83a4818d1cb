//! Whether the database is reachable and writable.

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use privet_application::health::{Availability, Dependency, Obstacle};
use privet_application::{StoreError, UnavailableReason};
use privet_database::errors::unavailable_reason;

use crate::SqliteStore;
use crate::schema::users;

#[async_trait]
impl Dependency for SqliteStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<Availability, StoreError> {
        // At the same time, because a disk that blocks writes may still serve reads.
        let (is_there, availability) = tokio::join!(self.look(), self.try_to_write());
        is_there.map(|()| availability)
    }
}

impl SqliteStore {
    async fn look(&self) -> Result<(), StoreError> {
        self.probe
            .read(|connection| {
                // A query that makes SQLite read the file.
                let anybody = users::table.select(users::user_id).limit(1);
                select(exists(anybody)).get_result::<bool>(connection)
            })
            .await
            .map(drop)
    }

    /// Writes the current value of a page. Like any change, it is written to the log and to the disk.
    async fn try_to_write(&self) -> Availability {
        let written = self.trial.write(|connection| {
            let written = connection.batch_execute("PRAGMA user_version = 0");
            // If another connection holds the lock, writing is possible. The metrics must not count this as a failure.
            match written {
                Err(error) if unavailable_reason(&error) == Some(UnavailableReason::Busy) => Ok(()),
                written => written,
            }
        });
        match written.await {
            Ok(()) => Availability::Complete,
            Err(error) => {
                obstacle(error.reason()).map_or(Availability::Complete, Availability::ReadsOnly)
            }
        }
    }
}

/// `None` if another connection is writing, which shows that writing is possible.
fn obstacle(reason: Option<UnavailableReason>) -> Option<Obstacle> {
    match reason {
        Some(UnavailableReason::Busy) => None,
        Some(UnavailableReason::ReadOnly) => Some(Obstacle::ReadOnly),
        Some(UnavailableReason::DiskFull) => Some(Obstacle::DiskFull),
        _ => Some(Obstacle::WriteFailed),
    }
}
