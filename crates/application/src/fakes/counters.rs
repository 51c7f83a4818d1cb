//! Counts what the code under test counts. Another crate for a map of numbers is not worth its dependencies.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, LocalRecorderGuard, Metadata, Recorder, SharedString,
    Unit, set_default_local_recorder,
};

/// Counters of one test, by name and by the values of their labels. Gauges and histograms are taken and forgotten.
#[derive(Default)]
pub struct FakeCounters(Mutex<BTreeMap<(String, String), Arc<AtomicU64>>>);

impl FakeCounters {
    /// Takes what this thread counts while the guard is held, by whatever is made meanwhile.
    pub fn install(&self) -> LocalRecorderGuard<'_> {
        set_default_local_recorder(self)
    }

    /// The counters of this name that are above zero: the values of their labels, and the number; in order.
    pub fn read(&self, name: &str) -> Vec<(String, u64)> {
        let counters = self.0.lock().unwrap();
        let named = counters.iter().filter(|((of, _), _)| of == name);
        let read =
            named.map(|((_, values), counter)| (values.clone(), counter.load(Ordering::Relaxed)));
        read.filter(|(_, number)| *number > 0).collect()
    }
}

impl Recorder for FakeCounters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let values: Vec<_> = key.labels().map(metrics::Label::value).collect();
        let id = (key.name().to_owned(), values.join(" "));
        let mut counters = self.0.lock().unwrap();
        Counter::from_arc(Arc::clone(counters.entry(id).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
