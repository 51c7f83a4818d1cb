//! Metrics of the feed.

use std::time::Duration;

use metrics::{Gauge, Histogram, describe_gauge, describe_histogram, gauge, histogram};
use privet_domain::Timestamp;

const LAG: &str = "privet_changes_lag_seconds";
const WAITING: &str = "privet_changes_waiting_seconds";
const READ_AT: &str = "privet_changes_last_read_timestamp_seconds";
const STREAMS: &str = "privet_device_streams";

/// The series, looked up once.
pub(super) struct Metrics {
    /// The time from each change until services are told.
    pub lag: Histogram,
    waiting: Gauge,
    read_at: Gauge,
    streams: Gauge,
}

impl Metrics {
    pub fn new() -> Self {
        describe_histogram!(
            LAG,
            "Time from a change until this replica tells services, in seconds."
        );
        describe_gauge!(
            WAITING,
            "Age of the oldest stored change that cannot be told yet because an older transaction is under way, in seconds."
        );
        describe_gauge!(
            READ_AT,
            "When this replica last read the feed of changes, in seconds since 1970."
        );
        describe_gauge!(STREAMS, "Open streams of users' devices.");
        Self {
            lag: histogram!(LAG),
            waiting: gauge!(WAITING),
            read_at: gauge!(READ_AT),
            streams: gauge!(STREAMS),
        }
    }

    /// Shows how long the first untold change has waited.
    pub fn waiting(&self, waiting: Option<Duration>) {
        self.waiting.set(waiting.unwrap_or_default().as_secs_f64());
    }

    /// Shows when the feed was read.
    pub fn read_at(&self, now: Timestamp) {
        let micros = u64::try_from(now.as_micros()).unwrap_or_default();
        self.read_at
            .set(Duration::from_micros(micros).as_secs_f64());
    }

    /// Shows the number of streams.
    pub fn devices(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.streams.set(f64::from(count));
    }
}
