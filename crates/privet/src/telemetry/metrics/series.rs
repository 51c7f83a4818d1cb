//! Counters, gauges and histograms. Each thread counts in a place of its own, added up when somebody asks:
//! two cores that write the same line of memory in turn wait for each other every time.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use metrics::{CounterFn, GaugeFn, HistogramFn};

/// How many places a series has. Threads beyond that share.
const PLACES: usize = 8;

/// The upper bounds of a histogram's buckets, in seconds: from less than a cached read takes to more than
/// anything may. One more bucket holds what took longer.
pub const BOUNDS: [f64; 15] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0,
];

/// The calling thread's own of the places of a series.
fn own<T>(places: &[T; PLACES]) -> &T {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: Cell<Option<usize>> = const { Cell::new(None) };
    }
    let place = PLACE.get().unwrap_or_else(|| {
        let place = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
        PLACE.set(Some(place));
        place
    });
    let [first, ..] = places;
    places.get(place).unwrap_or(first)
}

/// Alone on its line of memory.
#[derive(Default)]
#[repr(align(64))]
struct Place(AtomicU64);

/// A counter.
#[derive(Default)]
pub struct Tally([Place; PLACES]);

impl Tally {
    /// What was counted by all threads.
    pub fn total(&self) -> u64 {
        let counts = self.0.iter().map(|place| place.0.load(Ordering::Relaxed));
        counts.fold(0, u64::wrapping_add)
    }
}

impl CounterFn for Tally {
    fn increment(&self, value: u64) {
        own(&self.0).0.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        let missing = value.saturating_sub(self.total());
        self.increment(missing);
    }
}

/// A gauge: the bits of a number. In one place, since nobody can set a sum.
#[derive(Default)]
pub struct Level(AtomicU64);

impl Level {
    /// What it shows.
    pub fn value(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    fn change(&self, change: impl Fn(f64) -> f64) {
        let changed = |bits| Some(change(f64::from_bits(bits)).to_bits());
        // Never refused: it always has a next value.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed);
    }
}

impl GaugeFn for Level {
    fn increment(&self, value: f64) {
        self.change(|level| level + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|level| level - value);
    }

    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }
}

/// A histogram of seconds, in fixed buckets: no sample is kept.
#[derive(Default)]
pub struct Distribution([Buckets; PLACES]);

#[derive(Default)]
#[repr(align(64))]
struct Buckets {
    counts: [AtomicU64; BOUNDS.len() + 1],
    /// The sum of what was recorded, in nanoseconds: enough for 584 years.
    nanoseconds: AtomicU64,
}

/// What a histogram holds, added up.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// How many fell into each bucket, and into no lower one.
    pub counts: [u64; BOUNDS.len() + 1],
    /// The sum of all.
    pub sum: Duration,
}

impl Distribution {
    /// What was recorded by all threads.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for place in &self.0 {
            for (sum, count) in snapshot.counts.iter_mut().zip(&place.counts) {
                *sum += count.load(Ordering::Relaxed);
            }
            let nanoseconds = place.nanoseconds.load(Ordering::Relaxed);
            snapshot.sum += Duration::from_nanos(nanoseconds);
        }
        snapshot
    }
}

impl HistogramFn for Distribution {
    fn record(&self, seconds: f64) {
        let recorded = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let nanoseconds = u64::try_from(recorded.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().take_while(|bound| seconds > **bound).count();
        let place = own(&self.0);
        if let Some(count) = place.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        place.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}
