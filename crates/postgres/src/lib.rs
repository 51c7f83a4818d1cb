//! Privet's stores on PostgreSQL. It has SQL, and no business rules.

mod cache_epoch;
mod changes;
mod connection;
mod decisions;
mod distributed;
mod erasure;
mod health;
mod layout;
mod locks;
mod looks;
mod migrations;
mod record;
mod relationships;
mod schema;
mod settings;
mod tombstones;
mod transfer;

use std::fmt;
use std::time::Duration;

use privet_application::StoreError;
use privet_application::changes::ChangeSignal;
use privet_database::{Another, Batches, Executor, MostBatches, Threads, half_of_cores};

use connection::PostgresConnector;
use connection::session::PostgresStopper;
use decisions::Facts;
use layout::KnownLayout;
use record::ChangeBatches;
use settings::{Changes, Creations, Finds};

pub use connection::InvalidUrl;
pub use distributed::NotDistributable;
pub use migrations::Interrupted;

/// The address of the database, and the limits of its use.
#[derive(Clone)]
pub struct PostgresConfig {
    /// A libpq connection URI, `postgres://…`. May hold a password.
    pub url: String,
    /// The number of connections for requests. At most half of them are used for reads at once. Health checks,
    /// migrations, the feed of changes and the epoch of the shared cache (if there is one) use one further connection each.
    pub pool: u32,
    /// The maximum duration of a call. A call that takes longer is [`StoreError::Unavailable`].
    pub timeout: Duration,
    /// Uses the statements for a distributed database (Citus) also where its extension is not installed. Otherwise they
    /// are used where the extension is.
    pub spread: bool,
}

/// Never shows the URL, which may hold a password.
impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("pool", &self.pool)
            .field("timeout", &self.timeout)
            .field("spread", &self.spread)
            .finish_non_exhaustive()
    }
}

/// The numbers of connections of the executors for health checks, for the epoch of the shared cache and for the feed.
const PROBES: usize = 1;
const EPOCHS: usize = 1;
const FEEDS: usize = 1;

/// All stores on PostgreSQL. Cloning it is cheap.
#[derive(Clone)]
pub struct PostgresStore {
    connector: PostgresConnector,
    layout: KnownLayout,
    executor: Executor<PostgresConnector>,
    finds: Batches<PostgresConnector, Finds>,
    facts: Batches<PostgresConnector, Facts>,
    changes: ChangeBatches<Changes>,
    creations: ChangeBatches<Creations>,
    // Separate, so that a health check does not fail when all connections are in use. Statements of abandoned reads are
    // cancelled through it, too.
    probe: Executor<PostgresConnector>,
    // Separate for the same reason: whether the cache may be used must not depend on free connections.
    epochs: Executor<PostgresConnector>,
    // Separate, so that changes are told also while all connections are in use.
    feed: Executor<PostgresConnector>,
}

/// At least two batches of reads, so that one is executed while the result of the other is transferred. Batches of
/// changes wait for no row, so that few are enough. A short batch is waited for: a statement of its own would cost the
/// server as much as several more requests in the next one.
fn most_batches() -> MostBatches {
    MostBatches {
        of_reads: half_of_cores().max(2),
        of_changes: half_of_cores(),
        of_waiting: half_of_cores().max(4),
        another: Another {
            from: 32,
            after: Duration::from_millis(1),
        },
    }
}

impl PostgresStore {
    /// Creates the store. Connections are opened when needed. Fails if the URL is invalid.
    pub fn new(config: PostgresConfig) -> Result<Self, StoreError> {
        let PostgresConfig {
            url,
            pool,
            timeout,
            spread,
        } = config;
        let layout = KnownLayout::new(spread);
        let connector = PostgresConnector::new(&url, timeout, layout.clone())?;
        let threads = Threads::new(pool as usize + PROBES + EPOCHS + FEEDS)?;
        let probe = Executor::new("health", connector.clone(), 1, timeout, threads.clone());
        let executor = Executor::new("serving", connector.clone(), pool, timeout, threads.clone())
            .with_reads(pool.div_ceil(2))
            .with_most_batches(most_batches())
            .with_stopper(PostgresStopper::through(probe.clone()));
        Ok(Self {
            finds: Batches::of_reads(&executor, Finds(layout.clone())),
            facts: Batches::of_reads(&executor, Facts(layout.clone())),
            changes: ChangeBatches::new(&executor, Changes(layout.clone())),
            creations: ChangeBatches::new(&executor, Creations(layout.clone())),
            layout,
            executor,
            probe,
            epochs: Executor::new(
                "cache_epoch",
                connector.clone(),
                1,
                timeout,
                threads.clone(),
            ),
            feed: Executor::new("feed", connector.clone(), 1, timeout, threads),
            connector,
        })
    }
    /// The signal of the changes that this store has made.
    #[must_use]
    pub fn change_signal(&self) -> ChangeSignal {
        self.executor.signal()
    }
}
