//! A pool of connections. r2d2 limits their number and age, and hands them out within a deadline. A connection is
//! tested at checkout if its last test is too old, or if another connection was lost since. The caller opens missing
//! ones.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error;
use privet_application::{StoreError, UnavailableReason};

use crate::errors::{leaves_outcome_open, loses_connection, store_error};
use crate::executor::abandonment::{Read, StopStatement};
use crate::executor::metrics::Metrics;
use crate::executor::threads::Threads;

/// A connection with an older test is tested at checkout: firewalls drop idle connections, servers restart, and a proxy
/// may lead to a server that is not the primary any more. This costs at most one round trip per second and connection.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Makes connections to one database.
pub trait Connector: Send + Sync + 'static {
    /// The type of the connections.
    type Connection: R2D2Connection + Send + 'static;

    /// Identifies the session of a connection, so that its statements can be cancelled.
    type Session: Clone + Send + Sync + 'static;

    /// Cancels the current statement of a session.
    type Stopper: StopStatement<Self::Session>;

    /// The maximum age of a connection. With a limit, connections are distributed again when the servers behind a host
    /// name change.
    const MAX_LIFETIME: Option<Duration>;

    /// Makes a connection to a database that takes changes. MUST end within a bounded time, and MUST NOT repeat a
    /// password in its error.
    fn connect(&self) -> Result<(Self::Connection, Self::Session), StoreError>;

    /// Whether the connection still leads to a usable database. MUST end within a bounded time.
    fn is_usable(&self, connection: &mut Self::Connection) -> bool {
        connection.ping().is_ok()
    }

    /// Runs a read on the calling thread. If the connector can cancel abandoned reads itself, the read's statements
    /// MUST fail soon after the flag is set.
    fn run_unless_abandoned<T>(is_abandoned: &Arc<AtomicBool>, read: impl FnOnce() -> T) -> T {
        let _ = is_abandoned;
        read()
    }

    /// How long a change may still take effect after its connection was lost.
    fn aftermath(&self) -> Duration;
}

/// The object that r2d2 manages: a connection, or the place for one. r2d2 does not open connections itself: it would do
/// so in its own threads and retry until the deadline, so that a caller would learn of an outage only after 2,000 ms
/// instead of the 0.1 ms that a refused connection takes. So the caller opens the connection, and gets the error at
/// once.
struct Slot<C, S> {
    connection: Option<(C, S)>,
    /// The number of losses when the connection was made or last tested.
    generation: u64,
    tested: Instant,
}

/// Opens and tests the connections of a pool.
struct Connections<M> {
    connector: M,
    /// Counts losses. A connection made or tested since the last one is trusted.
    generation: AtomicU64,
}

impl<M: Connector> Connections<M> {
    /// Empties the slot if a test is due and the connection fails it.
    fn test(&self, slot: &mut Slot<M::Connection, M::Session>) {
        let generation = self.generation.load(Ordering::Acquire);
        let is_trusted = slot.generation == generation && slot.tested.elapsed() < TRUSTED_FOR;
        if is_trusted {
            return;
        }
        // Noted before the test, because a connection may be lost during the test.
        (slot.generation, slot.tested) = (generation, Instant::now());
        // The connection is taken out of the slot, so that a panic closes it.
        if let Some((mut connection, session)) = slot.connection.take()
            && self.connector.is_usable(&mut connection)
        {
            slot.connection = Some((connection, session));
        }
    }

    /// Takes the connection out of the slot, or opens one.
    fn take(
        &self,
        slot: &mut Slot<M::Connection, M::Session>,
    ) -> Result<(M::Connection, M::Session), StoreError> {
        if let Some(connection) = slot.connection.take() {
            return Ok(connection);
        }
        let generation = self.generation.load(Ordering::Acquire);
        (slot.generation, slot.tested) = (generation, Instant::now());
        self.connector.connect()
    }
}

/// The r2d2 manager of the slots.
struct SlotManager<M>(Arc<Connections<M>>);

impl<M: Connector> r2d2::ManageConnection for SlotManager<M> {
    type Connection = Slot<M::Connection, M::Session>;
    type Error = Infallible;

    fn connect(&self) -> Result<Self::Connection, Infallible> {
        Ok(Slot {
            connection: None,
            generation: 0,
            tested: Instant::now(),
        })
    }

    fn is_valid(&self, slot: &mut Self::Connection) -> Result<(), Infallible> {
        self.0.test(slot);
        Ok(())
    }

    fn has_broken(&self, slot: &mut Self::Connection) -> bool {
        let connection = slot.connection.as_mut();
        std::thread::panicking() || connection.is_some_and(|(connection, _)| connection.is_broken())
    }
}

/// Why work failed.
pub(crate) struct Failure {
    /// The error for the application.
    pub error: StoreError,
    /// Whether the connection was lost, so that work may succeed on another one.
    pub connection_lost: bool,
    /// Whether a change may still take effect.
    pub outcome_open: bool,
}

/// A bounded number of connections to one database.
pub(crate) struct Pool<M: Connector> {
    slots: r2d2::Pool<SlotManager<M>>,
    connections: Arc<Connections<M>>,
    metrics: Arc<Metrics>,
}

impl<M: Connector> Pool<M> {
    pub fn new(
        connector: M,
        size: u32,
        timeout: Duration,
        threads: &Threads,
        metrics: Arc<Metrics>,
    ) -> Self {
        let connections = Arc::new(Connections {
            connector,
            generation: AtomicU64::new(0),
        });
        let slots = r2d2::Pool::builder()
            .max_size(size.max(1))
            .thread_pool(threads.housekeeping())
            .min_idle(Some(0))
            .test_on_check_out(true)
            .connection_timeout(timeout.max(Duration::from_millis(1)))
            .max_lifetime(M::MAX_LIFETIME)
            .idle_timeout(M::MAX_LIFETIME)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(SlotManager(Arc::clone(&connections)));
        Self {
            slots,
            connections,
            metrics,
        }
    }

    /// Runs a read. It is repeated once if its connection was lost. Blocks.
    pub fn read<T>(
        &self,
        read: &Read<M::Session>,
        mut work: impl FnMut(&mut M::Connection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        match self.read_once(read, &mut work) {
            Err(failure) if failure.connection_lost && !read.is_abandoned() => {
                self.metrics.retries.increment(1);
                self.read_once(read, &mut work)
            }
            result => result,
        }
    }

    fn read_once<T>(
        &self,
        read: &Read<M::Session>,
        work: impl FnOnce(&mut M::Connection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        self.with_connection(|connection, session| {
            read.begin(session.clone());
            let result = if read.is_abandoned() {
                Err(Error::RollbackTransaction)
            } else {
                M::run_unless_abandoned(read.flag(), || work(connection))
            };
            (result, read.end())
        })
    }

    /// Runs work on a connection. Blocks.
    pub fn run<T>(
        &self,
        work: impl FnOnce(&mut M::Connection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        self.with_connection(|connection, _| (work(connection), true))
    }

    /// Runs work that also returns whether its connection can be used again.
    fn with_connection<T>(
        &self,
        work: impl FnOnce(&mut M::Connection, &M::Session) -> (QueryResult<T>, bool),
    ) -> Result<T, Failure> {
        let mut slot = self.slots.get().map_err(|error| Failure {
            // No connection was returned to the pool before the deadline.
            error: StoreError::unavailable_because(UnavailableReason::Timeout, error),
            connection_lost: false,
            outcome_open: false,
        })?;
        // The connection is not in its slot during the work, so that a panic closes it.
        let taken = self.connections.take(&mut slot);
        let (mut connection, session) = taken.map_err(|error| Failure {
            error,
            connection_lost: false,
            outcome_open: false,
        })?;
        let (result, is_reusable) = work(&mut connection, &session);
        let connection_lost = match &result {
            Ok(_) => false,
            Err(error) => loses_connection(error) || connection.is_broken(),
        };
        if connection_lost {
            self.lose(slot.generation);
        } else if is_reusable {
            slot.connection = Some((connection, session));
        }
        result.map_err(|error| Failure {
            outcome_open: connection_lost || leaves_outcome_open(&error),
            error: store_error(error),
            connection_lost,
        })
    }

    /// See [`Connector::aftermath`].
    pub fn aftermath(&self) -> Duration {
        self.connections.connector.aftermath()
    }

    /// Notes the loss of a connection. All connections of this generation are tested before they are used again.
    fn lose(&self, generation: u64) {
        let next = generation.wrapping_add(1);
        let generations = &self.connections.generation;
        let first = generations
            .compare_exchange(generation, next, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if first {
            self.metrics.lost.increment(1);
            tracing::warn!("a database connection was lost; the others are tested before use");
        }
    }
}
