//! Privet's stores on an embedded SQLite file. SQL and nothing else: no rules.

mod connection;
mod decisions;
mod erasure;
mod health;
mod migrations;
mod record;
mod relationships;
mod schema;
mod settings;
mod tombstones;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use privet_application::StoreError;
use privet_database::{Batches, Executor, MostBatches, Threads, half_of_cores};

use connection::file::DatabaseFile;
use connection::{ReadConnector, TrialConnector, WriteConnector};
use decisions::Facts;
use record::Writer;
use settings::Finds;

/// Where the database is and how much of it to use.
#[derive(Debug, Clone)]
pub struct SqliteConfig {
    /// The database file; made, with its folder, where there is none.
    pub path: PathBuf,
    /// Connections for reading. One more writes.
    pub pool: u32,
    /// The longest that a call takes; after that it is [`StoreError::Unavailable`].
    pub timeout: Duration,
}

/// Connections besides those for reading.
const WRITER_PROBE_AND_TRIAL: usize = 3;

/// The stores. Cloning it is cheap; as long as one is left no other process can open the file.
#[derive(Clone)]
pub struct SqliteStore {
    readers: Executor<ReadConnector>,
    finds: Batches<ReadConnector, Finds>,
    facts: Batches<ReadConnector, Facts>,
    writer: Writer,
    // Whether the database is there must not depend on whether everybody is busy with it.
    probe: Executor<ReadConnector>,
    // Nor on whether anything can be written.
    trial: Executor<TrialConnector>,
    file: Arc<DatabaseFile>,
}

impl SqliteStore {
    /// Opens the file for this process alone, and makes it, readable by its owner only, where there is
    /// none. Fails with [`StoreError::Unavailable`] where another process has it open.
    pub fn open(config: SqliteConfig) -> Result<Self, StoreError> {
        let SqliteConfig {
            path,
            pool,
            timeout,
        } = config;
        let file = DatabaseFile::open(&path)?;
        // A lock that is not free by then will not be free in time for an answer.
        let patience = timeout / 2;
        let reader = ReadConnector::new(file.path(), patience);
        let writer = WriteConnector::new(file.path(), patience);
        let trial = TrialConnector::new(file.path());
        let threads = Threads::new(pool as usize + WRITER_PROBE_AND_TRIAL)?;
        let readers = Executor::new("readers", reader.clone(), pool, timeout, threads.clone())
            .with_most_batches(MostBatches {
                of_reads: half_of_cores(),
                of_changes: 1,
            });
        Ok(Self {
            finds: Batches::of_reads(&readers, Finds),
            facts: Batches::of_reads(&readers, Facts),
            probe: Executor::new("health", reader, 1, timeout, threads.clone()),
            trial: Executor::new("trial", trial, 1, timeout, threads.clone()),
            readers,
            writer: Writer::new(Executor::new("writer", writer, 1, timeout, threads)),
            file: Arc::new(file),
        })
    }
}
