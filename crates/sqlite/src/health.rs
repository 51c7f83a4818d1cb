//! Whether the database is there.

use async_trait::async_trait;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::health::Dependency;

use crate::SqliteStore;
use crate::schema::users;

#[async_trait]
impl Dependency for SqliteStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), StoreError> {
        // Something that makes SQLite look into the file.
        self.probe
            .read(|connection| {
                let anybody = users::table.select(users::user_id).limit(1);
                select(exists(anybody)).get_result::<bool>(connection)
            })
            .await
            .map(drop)
    }
}
