//! Privet's stores on an embedded SQLite file. It has SQL, and no business rules.

mod changes;
mod connection;
mod decisions;
mod erasure;
mod health;
mod looks;
mod migrations;
mod record;
mod relationships;
mod schema;
mod settings;
mod tombstones;
mod transfer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use privet_application::StoreError;
use privet_application::changes::ChangeSignal;
use privet_database::{Another, Batches, Executor, MostBatches, Threads, half_of_cores};

use connection::file::DatabaseFile;
use connection::{ReadConnector, TrialConnector, WriteConnector};
use decisions::Facts;
use record::Writer;
use settings::Finds;

/// The address of the database, and the limits of its use.
#[derive(Debug, Clone)]
pub struct SqliteConfig {
    /// The database file. It is created, with its folder, if it does not exist.
    pub path: PathBuf,
    /// The number of connections for reads. One more connection writes.
    pub pool: u32,
    /// The maximum duration of a call. A call that takes longer is [`StoreError::Unavailable`].
    pub timeout: Duration,
}

/// The number of other connections.
const WRITER_PROBE_FEED_AND_TRIAL: usize = 4;

/// All stores on SQLite. Cloning it is cheap. No other process can open the file until all clones are dropped.
#[derive(Clone)]
pub struct SqliteStore {
    readers: Executor<ReadConnector>,
    finds: Batches<ReadConnector, Finds>,
    facts: Batches<ReadConnector, Facts>,
    writer: Writer,
    // Separate, so that a health check does not fail when all connections are in use.
    probe: Executor<ReadConnector>,
    // Separate, so that changes are told also while all connections are in use.
    feed: Executor<ReadConnector>,
    // Separate, so that a blocked write does not delay the check of reads.
    trial: Executor<TrialConnector>,
    file: Arc<DatabaseFile>,
}

impl SqliteStore {
    /// Opens the file, and locks it for this process. Creates it if it does not exist; then only its owner can read it.
    /// Fails with [`StoreError::Unavailable`] if another process has it open.
    pub fn open(config: SqliteConfig) -> Result<Self, StoreError> {
        let SqliteConfig {
            path,
            pool,
            timeout,
        } = config;
        let file = DatabaseFile::open(&path)?;
        // If the lock is not free after this time, there is not enough time left for the work.
        let patience = timeout / 2;
        let reader = ReadConnector::new(file.path(), patience);
        let writer = WriteConnector::new(file.path(), patience);
        let trial = TrialConnector::new(file.path());
        let threads = Threads::new(pool as usize + WRITER_PROBE_FEED_AND_TRIAL)?;
        let readers = Executor::new("readers", reader.clone(), pool, timeout, threads.clone())
            .with_most_batches(MostBatches {
                of_reads: half_of_cores(),
                of_changes: 1,
                of_waiting: 1,
                another: Another::AT_ONCE,
            });
        Ok(Self {
            finds: Batches::of_reads(&readers, Finds),
            facts: Batches::of_reads(&readers, Facts),
            probe: Executor::new("health", reader.clone(), 1, timeout, threads.clone()),
            feed: Executor::new("feed", reader, 1, timeout, threads.clone()),
            trial: Executor::new("trial", trial, 1, timeout, threads.clone()),
            readers,
            writer: Writer::new(Executor::new("writer", writer, 1, timeout, threads)),
            file: Arc::new(file),
        })
    }
    /// The signal of the changes that this store has made.
    #[must_use]
    pub fn change_signal(&self) -> ChangeSignal {
        self.writer.signal()
    }
}
