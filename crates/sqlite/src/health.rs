//! Whether the database is there and takes changes.

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel::result::Error;
use privet_application::StoreError;
use privet_application::health::{Availability, Dependency, Obstacle};

use crate::SqliteStore;
use crate::schema::users;

#[async_trait]
impl Dependency for SqliteStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<Availability, StoreError> {
        self.probe
            .read(|connection| {
                // Something that makes SQLite look into the file.
                let anybody = users::table.select(users::user_id).limit(1);
                select(exists(anybody)).get_result::<bool>(connection)?;
                Ok(try_to_write(connection))
            })
            .await
    }
}

/// Writes a page that says what it said before, through the log to the disk as any change.
fn try_to_write(connection: &mut SqliteConnection) -> Availability {
    match connection.batch_execute("PRAGMA user_version = 0") {
        Ok(()) => Availability::Complete,
        Err(error) => obstacle(&error).map_or(Availability::Complete, Availability::ReadsOnly),
    }
}

/// `None` where somebody else is writing, which shows that it can be done.
fn obstacle(error: &Error) -> Option<Obstacle> {
    let Error::DatabaseError(_, information) = error else {
        return Some(Obstacle::WriteFailed);
    };
    match information.message() {
        message if message.contains("is locked") => None,
        message if message.contains("readonly") => Some(Obstacle::ReadOnly),
        message if message.contains("is full") => Some(Obstacle::DiskFull),
        _ => Some(Obstacle::WriteFailed),
    }
}
