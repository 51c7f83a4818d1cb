//! A pool of connections that costs nothing per use: no test query at checkout, no connecting in the
//! background. Connections that were made before one of them was lost are tested before their next use.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::r2d2::R2D2Connection;
use privet_application::{StoreError, UnavailableReason};

use crate::errors::{loses_connection, store_error};
use crate::meters::Meters;
use crate::threads::Threads;

/// A connection that was not used for so long is tested first: firewalls forget idle connections, and
/// servers restart at night.
const IDLE_BEFORE_TEST: Duration = Duration::from_secs(30);

/// Makes connections to one database.
pub trait Connector: Send + Sync + 'static {
    /// What it makes.
    type Connection: R2D2Connection + Send + 'static;

    /// How old a connection may grow. A limit spreads them again over servers that came and went
    /// behind one name.
    const MAX_LIFETIME: Option<Duration>;

    /// MUST end within a bounded time, and MUST NOT repeat a password in its error.
    fn connect(&self) -> Result<Self::Connection, StoreError>;

    /// For how long a change may go on, and be made in the end, after the connection was lost that it was
    /// sent on.
    fn aftermath(&self) -> Duration;
}

/// A place for a connection. r2d2 keeps places rather than connections, because of how it connects:
/// in threads of its own, logging every failure and waiting ever longer between attempts. Here whoever
/// needs a connection makes it, hears at once why that failed, and the first to try after an outage
/// succeeds.
struct Place<C> {
    connection: Option<C>,
    generation: u64,
    used: Instant,
}

struct Places<M>(std::marker::PhantomData<fn() -> M>);

impl<M: Connector> r2d2::ManageConnection for Places<M> {
    type Connection = Place<M::Connection>;
    type Error = Infallible;

    fn connect(&self) -> Result<Self::Connection, Infallible> {
        Ok(Place {
            connection: None,
            generation: 0,
            used: Instant::now(),
        })
    }

    fn is_valid(&self, _: &mut Self::Connection) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, place: &mut Self::Connection) -> bool {
        let connection = place.connection.as_mut();
        std::thread::panicking() || connection.is_some_and(R2D2Connection::is_broken)
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

    /// Does work once more that was begun on a connection that was lost under it. Blocks.
    pub fn run_again<T>(
        &self,
        work: impl FnOnce(&mut M::Connection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        self.meters.retries.increment(1);
        self.run(work)
    }

    /// Does the work on a connection. Blocks.
    pub fn run<T>(
        &self,
        work: impl FnOnce(&mut M::Connection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        let mut place = self.places.get().map_err(|error| Failure {
            // Nobody gave a place back in time.
            error: StoreError::unavailable_because(UnavailableReason::Timeout, error),
            connection_lost: false,
        })?;
        let mut connection = self.ready(&mut place).map_err(|error| Failure {
            error,
            connection_lost: false,
        })?;
        let result = work(&mut connection);
        let connection_lost = match &result {
            Ok(_) => false,
            Err(error) => loses_connection(error) || connection.is_broken(),
        };
        if connection_lost {
            self.lose(place.generation);
        } else {
            place.connection = Some(connection);
            place.used = Instant::now();
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
    fn ready(&self, place: &mut Place<M::Connection>) -> Result<M::Connection, StoreError> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some(mut connection) = place.connection.take() {
            let is_trusted =
                place.generation == generation && place.used.elapsed() < IDLE_BEFORE_TEST;
            if is_trusted || connection.ping().is_ok() {
                place.generation = generation;
                return Ok(connection);
            }
        }
        place.generation = generation;
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
