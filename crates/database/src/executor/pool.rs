//! A pool of connections that costs next to nothing per use: no test query at each checkout, no connecting in the
//! background. A connection is tested before its next use if its last test was a while ago, or if another
//! connection was lost since.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error;
use privet_application::{StoreError, UnavailableReason};

use crate::errors::{loses_connection, store_error};
use crate::executor::abandonment::{Read, StopStatement};
use crate::executor::metrics::Meters;
use crate::executor::threads::Threads;

/// A connection whose last test was so long ago is tested before its next use: firewalls forget idle connections,
/// servers restart, and what stands between may lead to a server that is not the primary any more. One round trip
/// a second and connection is hardly to be measured.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Makes connections to one database.
pub trait Connector: Send + Sync + 'static {
    /// What it makes.
    type Connection: R2D2Connection + Send + 'static;

    /// What tells a connection from all others: by this its statements can be stopped.
    type Session: Clone + Send + Sync + 'static;

    /// What stops the statement that a session is at.
    type Stopper: StopStatement<Self::Session>;

    /// How old a connection may grow. A limit spreads them again over servers that came and went
    /// behind one name.
    const MAX_LIFETIME: Option<Duration>;

    /// Makes a connection to a database that takes changes. MUST end within a bounded time, and MUST NOT repeat a
    /// password in its error.
    fn connect(&self) -> Result<(Self::Connection, Self::Session), StoreError>;

    /// Whether the connection still leads to a database that can be used. MUST end within a bounded time.
    fn is_usable(&self, connection: &mut Self::Connection) -> bool {
        connection.ping().is_ok()
    }

    /// Runs a read on the calling thread. Where the database can look for itself whether the read is abandoned,
    /// its statements MUST fail soon after the flag is set.
    fn run_unless_abandoned<T>(is_abandoned: &Arc<AtomicBool>, read: impl FnOnce() -> T) -> T {
        let _ = is_abandoned;
        read()
    }

    /// For how long a change may go on, and be made in the end, after the connection was lost that it was
    /// sent on.
    fn aftermath(&self) -> Duration;
}

/// A place for a connection. r2d2 keeps places rather than connections, because of how it connects:
/// in threads of its own, logging every failure and waiting ever longer between attempts. Here whoever
/// needs a connection makes it, hears at once why that failed, and the first to try after an outage
/// succeeds.
struct Place<C, S> {
    connection: Option<(C, S)>,
    generation: u64,
    tested: Instant,
}

struct Places<M>(std::marker::PhantomData<fn() -> M>);

impl<M: Connector> r2d2::ManageConnection for Places<M> {
    type Connection = Place<M::Connection, M::Session>;
    type Error = Infallible;

    fn connect(&self) -> Result<Self::Connection, Infallible> {
        Ok(Place {
            connection: None,
            generation: 0,
            tested: Instant::now(),
        })
    }

    fn is_valid(&self, _: &mut Self::Connection) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, place: &mut Self::Connection) -> bool {
        let connection = place.connection.as_mut();
        std::thread::panicking() || connection.is_some_and(|(connection, _)| connection.is_broken())
    }
}

/// Why a piece of work was not done.
pub(crate) struct Failure {
    /// What the application is told.
    pub error: StoreError,
    /// Whether the connection was lost under the work, so that another one may do better.
    pub connection_lost: bool,
}

/// Connections, and which of them can be trusted.
pub(crate) struct Pool<M: Connector> {
    places: r2d2::Pool<Places<M>>,
    connector: M,
    // Counts losses. A connection made or tested since the last one is trusted.
    generation: AtomicU64,
    meters: Arc<Meters>,
}

impl<M: Connector> Pool<M> {
    pub fn new(
        connector: M,
        size: u32,
        timeout: Duration,
        threads: &Threads,
        meters: Arc<Meters>,
    ) -> Self {
        let places = r2d2::Pool::builder()
            .max_size(size.max(1))
            .thread_pool(threads.housekeeping())
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(timeout.max(Duration::from_millis(1)))
            .max_lifetime(M::MAX_LIFETIME)
            .idle_timeout(M::MAX_LIFETIME)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(Places(std::marker::PhantomData));
        Self {
            places,
            connector,
            generation: AtomicU64::new(0),
            meters,
        }
    }

    /// Runs a read, once more if its connection turns out to be lost. Blocks.
    pub fn read<T>(
        &self,
        read: &Read<M::Session>,
        work: impl Fn(&mut M::Connection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        match self.read_once(read, &work) {
            Err(failure) if failure.connection_lost && !read.is_abandoned() => {
                self.meters.retries.increment(1);
                self.read_once(read, &work)
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

    /// Does the work on a connection. Blocks.
    pub fn run<T>(
        &self,
        work: impl FnOnce(&mut M::Connection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        self.with_connection(|connection, _| (work(connection), true))
    }

    /// Does the work, which says whether its connection may be used again.
    fn with_connection<T>(
        &self,
        work: impl FnOnce(&mut M::Connection, &M::Session) -> (QueryResult<T>, bool),
    ) -> Result<T, Failure> {
        let mut place = self.places.get().map_err(|error| Failure {
            // Nobody gave a place back in time.
            error: StoreError::unavailable_because(UnavailableReason::Timeout, error),
            connection_lost: false,
        })?;
        let (mut connection, session) = self.ready(&mut place).map_err(|error| Failure {
            error,
            connection_lost: false,
        })?;
        let (result, is_reusable) = work(&mut connection, &session);
        let connection_lost = match &result {
            Ok(_) => false,
            Err(error) => loses_connection(error) || connection.is_broken(),
        };
        if connection_lost {
            self.lose(place.generation);
        } else if is_reusable {
            place.connection = Some((connection, session));
        }
        result.map_err(|error| Failure {
            error: store_error(error),
            connection_lost,
        })
    }

    /// See [`Connector::aftermath`].
    pub fn aftermath(&self) -> Duration {
        self.connector.aftermath()
    }

    /// Takes the place's connection out, tested where that is due, or makes one. Out of its place, so
    /// that a panic closes it.
    fn ready(
        &self,
        place: &mut Place<M::Connection, M::Session>,
    ) -> Result<(M::Connection, M::Session), StoreError> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some((mut connection, session)) = place.connection.take() {
            let is_trusted = place.generation == generation && place.tested.elapsed() < TRUSTED_FOR;
            if is_trusted {
                return Ok((connection, session));
            }
            // Before the test: what it finds is as old as that.
            place.tested = Instant::now();
            if self.connector.is_usable(&mut connection) {
                place.generation = generation;
                return Ok((connection, session));
            }
        }
        place.generation = generation;
        place.tested = Instant::now();
        self.connector.connect()
    }

    /// Distrusts every connection as old as the one that was lost.
    fn lose(&self, generation: u64) {
        let next = generation.wrapping_add(1);
        let first = self
            .generation
            .compare_exchange(generation, next, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if first {
            self.meters.lost.increment(1);
            tracing::warn!("a database connection was lost; the others are tested before use");
        }
    }
}
