//! Whether the database is reachable and writable.

use std::time::Duration;

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::health::{Availability, Dependency, Obstacle};
use privet_database::errors::{loses_connection, unavailable_reason};

use crate::PostgresStore;
use crate::connection::session::assert_writable;

#[async_trait]
impl Dependency for PostgresStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<Availability, StoreError> {
        let layout = self.layout.clone();
        // The rest of the time is for the answer.
        let limit = self.connector.timeout() / 2;
        let nodes_answer = self
            .probe
            .read(move |connection| {
                assert_writable(connection)?;
                Ok(!layout.get().is_spread() || all_nodes_answer(connection, limit)?)
            })
            .await?;
        if !nodes_answer {
            return Ok(Availability::ReadsOnly(Obstacle::WriteFailed));
        }
        // Only a change that needs space shows whether the disk is full.
        Ok(if self.executor.found_no_room() {
            Availability::ReadsOnly(Obstacle::DiskFull)
        } else {
            Availability::Complete
        })
    }
}

/// Whether all nodes of a distributed database answer within this time. Each is asked for one row. An error with another
/// cause, such as that the tables are not there yet, says nothing about the nodes.
fn all_nodes_answer(connection: &mut PgConnection, limit: Duration) -> QueryResult<bool> {
    let limit = limit.as_millis().max(1);
    let asked = connection.transaction(|connection| {
        connection.batch_execute(&format!("SET LOCAL statement_timeout = {limit}"))?;
        diesel::sql_query("SELECT user_id FROM users LIMIT 1").execute(connection)
    });
    match asked {
        Ok(_) => Ok(true),
        Err(error) if loses_connection(&error) => Err(error),
        Err(error) => Ok(unavailable_reason(&error).is_none()),
    }
}

#[cfg(test)]
mod tests {
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use super::*;
    use crate::PostgresConfig;

    fn open(url: &str, spread: bool) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(2),
            spread,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_node_that_does_not_answer_leaves_the_database_degraded() {
        let migrate = async |url: String| open(&url, false).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let store = open(database.url(), true);
        assert_eq!(store.check().await.unwrap(), Availability::Complete);
        let mut blocking = PgConnection::establish(database.url()).unwrap();
        let block = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE";
        blocking.batch_execute(block).unwrap();
        let degraded = Availability::ReadsOnly(Obstacle::WriteFailed);
        assert_eq!(store.check().await.unwrap(), degraded);
        // In one database, no table is read.
        let whole = open(database.url(), false);
        assert_eq!(whole.check().await.unwrap(), Availability::Complete);
        blocking.batch_execute("ROLLBACK").unwrap();
        assert_eq!(store.check().await.unwrap(), Availability::Complete);
    }

    #[tokio::test]
    async fn a_database_without_tables_is_reachable() {
        let database = TestDatabase::empty();
        let store = open(database.url(), true);
        assert_eq!(store.check().await.unwrap(), Availability::Complete);
    }
}
