//! The configured database, with its cache.

use std::future::Future;
use std::num::NonZeroU16;
use std::sync::Arc;

use privet_application::StoreError;
use privet_application::accounts::erasure::ErasureStore;
use privet_application::administration::support::LookStore;
use privet_application::changes::{ChangeSignal, ChangeStore};
use privet_application::health::Dependency;
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::FollowStore;
use privet_application::rules::decisions::DecisionStore;
use privet_application::settings::audit::AuditStore;
use privet_application::settings::cache::SettingsCache;
use privet_application::settings::{RecentRows, SettingsStore};
use privet_application::shared_cache::SharedCache;
use privet_application::tombstones::TombstoneStore;
use privet_application::transfer::TransferStore;
use privet_memory::{MemoryRecentRows, MemorySettingsCache};
use privet_postgres::{Interrupted, InvalidUrl, NotDistributable, PostgresConfig, PostgresStore};
use privet_redis::RedisRows;
use privet_sqlite::{SqliteConfig, SqliteStore};

use crate::configuration::database::{DatabaseConfiguration, Location};
use crate::failure::Failure;
use crate::system_clock::SystemClock;

use super::redis::Redis;

/// The maximum number of rows in the cache; above it the least used are evicted. A row takes about 400 bytes, and
/// the whole process should need at most 96 MiB.
pub const CACHED_USERS: usize = 100_000;

/// The maximum number of recent rows, from which changes start.
const RECENT_USERS: usize = 16_384;

/// The store of either kind.
pub enum Store {
    /// Embedded: used by this process alone, so a cache in the process is exact.
    Sqlite(Arc<SqliteStore>, Option<Arc<MemorySettingsCache>>),
    /// A server that replicas share: only a shared cache is exact.
    Postgres(Arc<PostgresStore>, Option<Arc<SharedCache>>),
}

impl Store {
    /// Opens the configured database and its cache.
    pub fn open(
        configuration: &DatabaseConfiguration,
        redis: Option<&Redis>,
    ) -> Result<Self, Failure> {
        let failed = |error: StoreError| Failure::of_store("open the database", &error);
        let (pool, timeout) = (configuration.pool, configuration.timeout);
        match &configuration.location {
            Location::Sqlite(path) => {
                let store = SqliteStore::open(SqliteConfig {
                    path: path.clone(),
                    pool,
                    timeout,
                });
                let cache = |ttl| Arc::new(MemorySettingsCache::new(ttl, CACHED_USERS));
                let cache = configuration.cache_ttl.map(cache);
                Ok(Self::Sqlite(Arc::new(store.map_err(failed)?), cache))
            }
            Location::Postgres(url) => {
                let url = url.reveal().clone();
                let store = PostgresStore::new(PostgresConfig {
                    url,
                    pool,
                    timeout,
                    spread: configuration.spread,
                });
                let store = Arc::new(store.map_err(failed)?);
                let cache = redis.zip(configuration.cache_ttl).map(|(redis, ttl)| {
                    let rows = RedisRows::new(Arc::clone(&redis.0), ttl);
                    let epochs = Arc::clone(&store);
                    SharedCache::new(Arc::new(rows), epochs, Arc::new(SystemClock))
                });
                Ok(Self::Postgres(store, cache.map(Arc::new)))
            }
        }
    }

    /// Connects to the database if it is a server. MUST end within the configured timeout.
    pub async fn reach(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(..) => Ok(()),
            Self::Postgres(store, _) => {
                store.check().await?;
                Ok(())
            }
        }
    }

    /// Migrates the database to the tables of this release.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store, _) => store.migrate().await,
            Self::Postgres(store, _) => store.migrate().await,
        }
    }

    /// Lays the tables out over the nodes of a distributed PostgreSQL, in that many shards each.
    pub async fn distribute(&self, shards: Option<NonZeroU16>) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(..) => Err(StoreError::internal("SQLite is one file")),
            Self::Postgres(store, _) => store.distribute(shards).await,
        }
    }

    /// What to do if the tables cannot be distributed because the extension for it is missing.
    pub fn missing_extension(error: &StoreError) -> Option<String> {
        match error {
            StoreError::Internal(cause) => {
                let missing = cause.downcast_ref::<NotDistributable>();
                missing.map(ToString::to_string)
            }
            StoreError::Unavailable(_) => None,
        }
    }

    /// Whether the database's answer means that the URL is invalid, or names something that does not exist.
    pub fn refuses_url(error: &StoreError) -> bool {
        matches!(error, StoreError::Internal(cause) if cause.is::<InvalidUrl>())
    }

    /// Whether the connection was lost during the migration.
    pub fn was_interrupted(error: &StoreError) -> bool {
        matches!(error, StoreError::Unavailable(cause) if cause.is_caused_by::<Interrupted>())
    }

    /// Watches whether the shared cache may be used; ends at once if there is none.
    pub fn watch_cache(&self) -> impl Future<Output = ()> + use<> {
        let shared = match self {
            Self::Postgres(_, Some(cache)) => Some(Arc::clone(cache)),
            Self::Postgres(_, None) | Self::Sqlite(..) => None,
        };
        async move {
            if let Some(cache) = shared {
                cache.watch_epoch().await;
            }
        }
    }

    /// The signal of the changes that this process has made.
    pub fn change_signal(&self) -> ChangeSignal {
        match self {
            Self::Sqlite(store, _) => store.change_signal(),
            Self::Postgres(store, _) => store.change_signal(),
        }
    }

    pub(super) fn ports(&self) -> Ports {
        match self {
            Self::Sqlite(store, cache) => {
                let cache = cache.clone().map(|cache| cache as Arc<dyn SettingsCache>);
                // The cache is exact and as fast, so no recent rows are needed.
                let recent = cache.is_none().then(recent_rows);
                Ports::of(store, cache, recent)
            }
            Self::Postgres(store, cache) => {
                let cache = cache.clone().map(|cache| cache as Arc<dyn SettingsCache>);
                Ports::of(store, cache, Some(recent_rows()))
            }
        }
    }
}

/// The store as its ports.
pub(super) struct Ports {
    pub(super) settings: Arc<dyn SettingsStore>,
    pub(super) audit: Arc<dyn AuditStore>,
    pub(super) looks: Arc<dyn LookStore>,
    pub(super) contacts: Arc<dyn ContactStore>,
    pub(super) blocks: Arc<dyn BlockStore>,
    pub(super) exceptions: Arc<dyn ExceptionStore>,
    pub(super) follows: Arc<dyn FollowStore>,
    pub(super) decisions: Arc<dyn DecisionStore>,
    pub(super) erasure: Arc<dyn ErasureStore>,
    pub(super) transfer: Arc<dyn TransferStore>,
    pub(super) changes: Arc<dyn ChangeStore>,
    pub(super) tombstones: Arc<dyn TombstoneStore>,
    pub(super) dependency: Arc<dyn Dependency>,
    pub(super) cache: Option<Arc<dyn SettingsCache>>,
    pub(super) recent: Option<Arc<dyn RecentRows>>,
}

impl Ports {
    fn of<S>(
        store: &Arc<S>,
        cache: Option<Arc<dyn SettingsCache>>,
        recent: Option<Arc<dyn RecentRows>>,
    ) -> Self
    where
        S: SettingsStore
            + AuditStore
            + LookStore
            + ContactStore
            + BlockStore
            + ExceptionStore
            + FollowStore
            + DecisionStore
            + ErasureStore
            + TransferStore
            + ChangeStore
            + Dependency
            + 'static,
    {
        Self {
            settings: Arc::clone(store) as _,
            audit: Arc::clone(store) as _,
            looks: Arc::clone(store) as _,
            contacts: Arc::clone(store) as _,
            blocks: Arc::clone(store) as _,
            exceptions: Arc::clone(store) as _,
            follows: Arc::clone(store) as _,
            decisions: Arc::clone(store) as _,
            erasure: Arc::clone(store) as _,
            transfer: Arc::clone(store) as _,
            changes: Arc::clone(store) as _,
            tombstones: Arc::clone(store) as _,
            dependency: Arc::clone(store) as _,
            cache,
            recent,
        }
    }
}

fn recent_rows() -> Arc<dyn RecentRows> {
    Arc::new(MemoryRecentRows::new(RECENT_USERS))
}
