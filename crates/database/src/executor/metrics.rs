//! The metrics of one pool of connections.

use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};
use privet_application::StoreError;

const SIZE: &str = "privet_database_pool_size";
const IN_USE: &str = "privet_database_pool_in_use";
const WAITING: &str = "privet_database_pool_waiting";
const CALLS: &str = "privet_database_call_duration_seconds";
const FAILURES: &str = "privet_database_failures_total";
const RETRIES: &str = "privet_database_retries_total";
const LOST: &str = "privet_database_connections_lost_total";
const BATCHES: &str = "privet_database_batches_total";
const BATCHED: &str = "privet_database_batched_requests_total";

/// The metrics of one pool.
pub(crate) struct Metrics {
    pool: &'static str,
    in_use: Gauge,
    waiting: Gauge,
    calls: Histogram,
    timed_out: Counter,
    unavailable: Counter,
    internal: Counter,
    /// Reads that were repeated.
    pub retries: Counter,
    /// Events of a lost connection. Connections that are lost together count once.
    pub lost: Counter,
}

impl Metrics {
    /// The metrics of the pool of this name and size.
    pub fn new(pool: &'static str, size: u32) -> Self {
        describe_gauge!(
            SIZE,
            "The maximum number of database connections of a pool."
        );
        describe_gauge!(IN_USE, "Database connections in use.");
        describe_gauge!(WAITING, "Calls that wait for a database connection.");
        describe_histogram!(
            CALLS,
            "How long callers waited for the answer of the database, including the wait for a connection, in seconds."
        );
        describe_counter!(
            FAILURES,
            "Database calls that failed: timeout, unavailable (unreachable, full or too busy), or internal."
        );
        describe_counter!(
            RETRIES,
            "Reads that were repeated because their connection was lost."
        );
        describe_counter!(
            LOST,
            "How often connections of a pool were lost. Connections lost together count once."
        );
        describe_counter!(
            BATCHES,
            "Batches of requests that were sent to the database together, by statement."
        );
        describe_counter!(
            BATCHED,
            "Requests in these batches. Divided by the number of batches: the mean size of a batch."
        );
        gauge!(SIZE, "pool" => pool).set(f64::from(size));
        let failures = |kind| counter!(FAILURES, "pool" => pool, "kind" => kind);
        Self {
            pool,
            in_use: gauge!(IN_USE, "pool" => pool),
            waiting: gauge!(WAITING, "pool" => pool),
            calls: histogram!(CALLS, "pool" => pool),
            timed_out: failures("timeout"),
            unavailable: failures("unavailable"),
            internal: failures("internal"),
            retries: counter!(RETRIES, "pool" => pool),
            lost: counter!(LOST, "pool" => pool),
        }
    }

    /// The metrics of the batches of one statement.
    pub fn of_batches(&self, statement: &'static str) -> BatchMetrics {
        BatchMetrics {
            batches: counter!(BATCHES, "pool" => self.pool, "statement" => statement),
            requests: counter!(BATCHED, "pool" => self.pool, "statement" => statement),
        }
    }

    /// Counts a call as in progress until the result is dropped.
    pub fn at_work(&self) -> Raised {
        Raised::new(&self.in_use)
    }

    /// Counts a call as waiting until the result is dropped.
    pub fn waiting(&self) -> Raised {
        Raised::new(&self.waiting)
    }

    /// Records an answered call and its duration.
    pub fn answered<T>(&self, result: &Result<T, StoreError>, time: Duration) {
        self.calls.record(time);
        match result {
            Ok(_) => {}
            Err(StoreError::Unavailable(_)) => self.unavailable.increment(1),
            Err(StoreError::Internal(_)) => self.internal.increment(1),
        }
    }

    /// Records a call that timed out after this time.
    pub fn timed_out(&self, time: Duration) {
        self.calls.record(time);
        self.timed_out.increment(1);
    }
}

/// The metrics of the batches of one statement.
pub(crate) struct BatchMetrics {
    batches: Counter,
    requests: Counter,
}

impl BatchMetrics {
    /// Records a batch of so many requests.
    pub fn batch(&self, requests: usize) {
        self.batches.increment(1);
        self.requests.increment(requests as u64);
    }
}

/// A gauge that is one higher for as long as this lives.
pub(crate) struct Raised(Gauge);

impl Raised {
    fn new(gauge: &Gauge) -> Self {
        gauge.increment(1);
        Self(gauge.clone())
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
