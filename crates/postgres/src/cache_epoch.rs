//! The epoch of the shared cache: a table with one row. Each change is one statement.

use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use privet_application::StoreError;
use privet_application::shared_cache::epoch::{CacheEpoch, CacheEpochStore, CacheServer};
use privet_database::DbUuid;
use uuid::Uuid;

use crate::PostgresStore;
use crate::schema::cache_epoch::{self, dsl};

/// The columns that are read.
type Columns = (
    cache_epoch::epoch,
    cache_epoch::server_id,
    cache_epoch::suspensions,
);
type Row = (DbUuid, Option<String>, i64);

const COLUMNS: Columns = (
    cache_epoch::epoch,
    cache_epoch::server_id,
    cache_epoch::suspensions,
);

/// Whether a transaction of this role has changed something and does not end, because its commit waits for a standby.
/// Its statement can have no other reason: it has a time limit, which the session that asks has as well. The five seconds
/// are less than `TO_ARRIVE_AND_COMMIT`, after which a change counts as settled.
const COMMIT_WAITS: &str = "EXISTS (SELECT FROM pg_stat_activity \
    WHERE datname = current_database() AND state = 'active' AND backend_xid IS NOT NULL AND query_start \
    < clock_timestamp() - current_setting('statement_timeout')::interval - interval '5 seconds')";

#[async_trait]
impl CacheEpochStore for PostgresStore {
    async fn current(&self) -> Result<CacheEpoch, StoreError> {
        let row = self.epochs.read(current).await?;
        Ok(epoch(row))
    }

    async fn suspend(&self) -> Result<CacheEpoch, StoreError> {
        let row = self.epochs.write(|connection| {
            diesel::update(dsl::cache_epoch)
                .set((
                    dsl::server_id.eq(None::<String>),
                    dsl::suspensions.eq(dsl::suspensions + 1),
                ))
                .returning(COLUMNS)
                .get_result(connection)
        });
        Ok(epoch(row.await?))
    }

    async fn begin(
        &self,
        suspended: &CacheEpoch,
        id: Uuid,
        server: &CacheServer,
    ) -> Result<CacheEpoch, StoreError> {
        let (suspended, server) = (suspended.clone(), server.as_str().to_owned());
        let row = self.epochs.write(move |connection| {
            let unchanged = dsl::cache_epoch
                .filter(dsl::epoch.eq(DbUuid(suspended.id)))
                .filter(dsl::suspensions.eq(suspended.suspensions))
                .filter(dsl::server_id.is_null());
            let begun = diesel::update(unchanged)
                .set((dsl::epoch.eq(DbUuid(id)), dsl::server_id.eq(server)))
                .returning(COLUMNS)
                .get_result(connection)
                .optional()?;
            begun.map_or_else(|| current(connection), Ok)
        });
        Ok(epoch(row.await?))
    }

    async fn commit_waits(&self) -> Result<bool, StoreError> {
        let read = self
            .epochs
            .read(|connection| diesel::select(sql::<Bool>(COMMIT_WAITS)).get_result(connection));
        read.await
    }
}

fn current(connection: &mut PgConnection) -> QueryResult<Row> {
    dsl::cache_epoch.select(COLUMNS).get_result(connection)
}

fn epoch((id, server, suspensions): Row) -> CacheEpoch {
    CacheEpoch {
        id: id.0,
        server: server.as_deref().map(CacheServer::new),
        suspensions,
    }
}
