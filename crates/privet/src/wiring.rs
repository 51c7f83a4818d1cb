//! Which adapters stand behind the ports: the only file that names concrete ones.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use privet_application::audit::AuditStore;
use privet_application::blocks::BlockStore;
use privet_application::contacts::ContactStore;
use privet_application::decisions::DecisionStore;
use privet_application::erasure::{ErasureStore, Erasures};
use privet_application::follows::FollowStore;
use privet_application::health::{Dependencies, Dependency};
use privet_application::preferences::CurrentSchema;
use privet_application::rate_limits::{Limit, RateLimiter, RateLimits, SharedRateLimiter};
use privet_application::settings::{Settings, SettingsStore};
use privet_application::settings_cache::SettingsCache;
use privet_application::shared_cache::SharedCache;
use privet_application::{Clock, IdSource, Privet, StoreError};
use privet_domain::preferences::PreferencesSchema;
use privet_http::identity::TokenVerifier;
use privet_memory::{GovernorRateLimiter, MemorySettingsCache};
use privet_postgres::{Interrupted, InvalidUrl, PostgresConfig, PostgresStore};
use privet_redis::{RedisLink, RedisRateLimiter, RedisRows};
use privet_sqlite::{SqliteConfig, SqliteStore};

use crate::configuration::database::{DatabaseConfiguration, Location};
use crate::configuration::keys::KeyConfiguration;
use crate::configuration::limits::Limits;
use crate::configuration::{ConfigurationError, Secret, shown_url};
use crate::failure::Failure;
use crate::keys::Keys;
use crate::system_clock::SystemClock;
use crate::telemetry::metrics::Registry;

/// How many users' rows the cache holds at most; beyond that the least wanted go. A row takes about
/// 250 bytes, and all of Privet should do with 96 MiB.
const CACHED_USERS: usize = 100_000;
/// How often counters that no longer count are dropped.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// The store, whichever it is.
pub enum Store {
    /// Embedded: this process alone, so that a cache in it is exact.
    Sqlite(Arc<SqliteStore>, Option<Arc<MemorySettingsCache>>),
    /// A server that replicas share: without a cache that they share too, none is exact.
    Postgres(Arc<PostgresStore>, Option<Arc<SharedCache>>),
}

/// The Redis that replicas share.
pub struct Redis(Arc<RedisLink>);

impl Redis {
    /// The one at that URL. Connects to nothing yet.
    pub fn new(url: &Secret<String>) -> Result<Self, ConfigurationError> {
        let link = RedisLink::new(url.reveal()).map_err(|error| {
            let takes = "redis://<host>:<port> or, with TLS, rediss://, with <user>:<password>@ before and /<number> \
                         behind it if needed; redis-sentinel://<host>:<port>,…?master=<name>; \
                         redis-cluster://<host>:<port>,…";
            let shown = shown_url::without_secrets(url.reveal());
            let takes = match error {
                privet_redis::InvalidUrl::NotAnAddress => takes.to_owned(),
                privet_redis::InvalidUrl::Certificates(cause) => {
                    format!("PEM files as ca_file, cert_file and key_file: {cause}")
                }
            };
            ConfigurationError::value("REDIS_URL", &shown, &takes)
        })?;
        Ok(Self(Arc::new(link)))
    }

    /// Connects, and connects again whenever the connection is lost.
    pub fn keep_connected(&self) -> impl Future<Output = ()> + use<> {
        let link = Arc::clone(&self.0);
        async move { link.keep_connected().await }
    }
}

impl Store {
    /// Opens the configured database, and with it the cache.
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
                let store = PostgresStore::new(PostgresConfig { url, pool, timeout });
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

    /// Connects to the database, where that is a server. MUST end within the configured timeout.
    pub async fn reach(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(..) => Ok(()),
            Self::Postgres(store, _) => {
                store.check().await?;
                Ok(())
            }
        }
    }

    /// Brings the database to this release's tables.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store, _) => store.migrate().await,
            Self::Postgres(store, _) => store.migrate().await,
        }
    }

    /// Whether this is how the database answers to a URL that is none, or asks for what there is not.
    pub fn refuses_url(error: &StoreError) -> bool {
        matches!(error, StoreError::Internal(cause) if cause.is::<InvalidUrl>())
    }

    /// Whether the database was there, and went away while it was migrated.
    pub fn was_interrupted(error: &StoreError) -> bool {
        matches!(error, StoreError::Unavailable(cause) if cause.is_caused_by::<Interrupted>())
    }

    /// Keeps up with whether the shared cache may be used; ends at once where there is none.
    pub fn watch_cache(&self) -> impl Future<Output = ()> + use<> {
        let shared = match self {
            Self::Postgres(_, Some(cache)) => Some(Arc::clone(cache)),
            Self::Postgres(_, None) | Self::Sqlite(..) => None,
        };
        async move {
            if let Some(cache) = shared {
                cache.keep_watch().await;
            }
        }
    }

    fn ports(&self) -> Ports {
        match self {
            Self::Sqlite(store, cache) => {
                let cache = cache.clone().map(|cache| cache as Arc<dyn SettingsCache>);
                Ports::of(store, cache)
            }
            Self::Postgres(store, cache) => {
                let cache = cache.clone().map(|cache| cache as Arc<dyn SettingsCache>);
                Ports::of(store, cache)
            }
        }
    }
}

struct Ports {
    settings: Arc<dyn SettingsStore>,
    audit: Arc<dyn AuditStore>,
    contacts: Arc<dyn ContactStore>,
    blocks: Arc<dyn BlockStore>,
    follows: Arc<dyn FollowStore>,
    decisions: Arc<dyn DecisionStore>,
    erasure: Arc<dyn ErasureStore>,
    dependency: Arc<dyn Dependency>,
    cache: Option<Arc<dyn SettingsCache>>,
}

impl Ports {
    fn of<S>(store: &Arc<S>, cache: Option<Arc<dyn SettingsCache>>) -> Self
    where
        S: SettingsStore
            + AuditStore
            + ContactStore
            + BlockStore
            + FollowStore
            + DecisionStore
            + ErasureStore
            + Dependency
            + 'static,
    {
        Self {
            settings: Arc::clone(store) as _,
            audit: Arc::clone(store) as _,
            contacts: Arc::clone(store) as _,
            blocks: Arc::clone(store) as _,
            follows: Arc::clone(store) as _,
            decisions: Arc::clone(store) as _,
            erasure: Arc::clone(store) as _,
            dependency: Arc::clone(store) as _,
            cache,
        }
    }
}

/// Limits counted in Redis where there is one, and in this process.
pub struct Limiters {
    process: Arc<GovernorRateLimiter>,
    redis: Option<Arc<RedisRateLimiter>>,
}

impl Limiters {
    /// Count against these quotas.
    pub fn new(limits: Limits, redis: Option<&Redis>) -> Self {
        let quota_of = move |limit: Limit| limits.quota(limit);
        let in_redis = |redis: &Redis| RedisRateLimiter::new(Arc::clone(&redis.0), quota_of);
        Self {
            process: Arc::new(GovernorRateLimiter::new(quota_of)),
            redis: redis.map(in_redis).map(Arc::new),
        }
    }

    /// Drops the counters of users who have not asked for a while, again and again.
    pub fn forget_idle_forever(&self) -> impl Future<Output = ()> + use<> {
        let limiter = Arc::clone(&self.process);
        async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                limiter.forget_idle();
            }
        }
    }

    fn port(&self) -> RateLimits {
        let process = Arc::clone(&self.process) as Arc<dyn RateLimiter>;
        let redis = self.redis.clone();
        RateLimits::new(
            process,
            redis.map(|redis| redis as Arc<dyn SharedRateLimiter>),
        )
    }
}

/// The use cases over the adapters; `patience` is how long a request waits for the database.
pub fn assemble(
    store: &Store,
    redis: Option<&Redis>,
    limits: Option<&Limiters>,
    preferences_schema: Arc<PreferencesSchema>,
    patience: Duration,
) -> Privet {
    let ports = store.ports();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemClock);
    let redis = redis.map(|redis| Arc::clone(&redis.0) as Arc<dyn Dependency>);
    Privet {
        settings: Settings::new(
            ports.settings,
            ports.cache,
            Arc::clone(&clock),
            Arc::clone(&ids),
        ),
        clock,
        ids,
        audit: ports.audit,
        contacts: ports.contacts,
        blocks: ports.blocks,
        follows: ports.follows,
        decisions: ports.decisions,
        erasures: Erasures::new(ports.erasure, patience),
        preferences_schema: CurrentSchema::new(preferences_schema),
        rate_limits: limits.map(Limiters::port),
        dependencies: Dependencies::new([ports.dependency].into_iter().chain(redis)),
    }
}

/// Has the sizes of what grows with use counted whenever the metrics are asked for.
pub fn watch_sizes(
    registry: &Registry,
    store: &Store,
    limiters: Option<&Limiters>,
    verifier: &Arc<TokenVerifier>,
) {
    if let Store::Sqlite(_, Some(cache)) = store {
        let cache = Arc::clone(cache);
        registry.watch(
            "privet_cached_rows",
            "Users whose rows are cached in the process (SQLite).",
            CACHED_USERS,
            move || cache.rows(),
        );
    }
    let verifier = Arc::clone(verifier);
    registry.watch(
        "privet_remembered_tokens",
        "Verified tokens that are remembered.",
        TokenVerifier::MOST_REMEMBERED,
        move || verifier.remembered(),
    );
    if let Some(limiters) = limiters {
        let limiter = Arc::clone(&limiters.process);
        registry.sample_size(
            "privet_rate_limit_counters",
            "Counters that the process keeps of users whose quotas are not whole.",
            move || limiter.counters(),
        );
    }
}

/// What verifies tokens with these keys, and asks for newer ones where there may be any.
pub fn verifier(configuration: &KeyConfiguration, keys: &Keys) -> TokenVerifier {
    let (issuer, audience) = (&configuration.issuer, &configuration.audience);
    let verifier = TokenVerifier::new(keys.all(), issuer.as_deref(), audience.as_deref());
    match &keys.jwks {
        Some(jwks) => verifier.asking(jwks.newer_keys()),
        None => verifier,
    }
}
