//! Whether the database is there and takes changes.

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
        // Both at once, and not one behind the other: a disk on which writing takes for ever says nothing of reads.
        let (is_there, availability) = tokio::join!(self.look(), self.try_to_write());
        is_there.map(|()| availability)
    }
}

impl SqliteStore {
    async fn look(&self) -> Result<(), StoreError> {
        self.probe
            .read(|connection| {
                // Something that makes SQLite look into the file.
                let anybody = users::table.select(users::user_id).limit(1);
                select(exists(anybody)).get_result::<bool>(connection)
            })
            .await
            .map(drop)
    }

    /// Writes a page that says what it said before, through the log to the disk as any change.
    async fn try_to_write(&self) -> Availability {
        let written = self.trial.write(|connection| {
            let written = connection.batch_execute("PRAGMA user_version = 0");
            // Whoever holds the lock can write. This is no failure of the database: it must not be counted as one.
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

/// `None` where somebody else is writing, which shows that it can be done.
fn obstacle(reason: Option<UnavailableReason>) -> Option<Obstacle> {
    match reason {
        Some(UnavailableReason::Busy) => None,
        Some(UnavailableReason::ReadOnly) => Some(Obstacle::ReadOnly),
        Some(UnavailableReason::DiskFull) => Some(Obstacle::DiskFull),
        _ => Some(Obstacle::WriteFailed),
    }
}
