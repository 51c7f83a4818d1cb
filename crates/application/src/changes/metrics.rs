//! Metrics of the feed.

use std::time::Duration;

use metrics::{Gauge, Histogram, describe_gauge, describe_histogram, gauge, histogram};

const LAG: &str = "privet_changes_lag_seconds";
const WAITING: &str = "privet_changes_waiting_seconds";
const STREAMS: &str = "privet_device_streams";

/// The series, looked up once.
pub(super) struct Metrics {
    /// The time from each change until services are told.
    pub lag: Histogram,
    waiting: Gauge,
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
        describe_gauge!(STREAMS, "Open streams of users' devices.");
        Self {
            lag: histogram!(LAG),
            waiting: gauge!(WAITING),
            streams: gauge!(STREAMS),
        }
    }

    /// Shows how long the first untold change has waited.
    pub fn waiting(&self, waiting: Option<Duration>) {
        self.waiting.set(waiting.unwrap_or_default().as_secs_f64());
    }

    /// Shows the number of streams.
    pub fn devices(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.streams.set(f64::from(count));
    }
}
