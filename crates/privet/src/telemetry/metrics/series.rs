//! Counters, gauges and histograms. Counters and histograms have a shard for each thread, on separate cache lines,
//! so that cores do not wait for each other; a scrape adds the shards.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use metrics::{CounterFn, GaugeFn, HistogramFn};

/// The number of shards of a series. With more threads some share a shard.
const SHARDS: usize = 8;

/// The upper bounds of a histogram's buckets, in seconds: from less than a cached read to more than any request.
/// One more bucket has all longer values.
pub const BOUNDS: [f64; 15] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0,
];

/// The calling thread's shard of a series.
fn own<T>(shards: &[T; SHARDS]) -> &T {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<Option<usize>> = const { Cell::new(None) };
    }
    let shard = SHARD.get().unwrap_or_else(|| {
        let shard = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS;
        SHARD.set(Some(shard));
        shard
    });
    let [first, ..] = shards;
    shards.get(shard).unwrap_or(first)
}

/// On its own cache line.
#[derive(Default)]
#[repr(align(64))]
struct Shard(AtomicU64);

/// A counter.
#[derive(Default)]
pub struct ShardedCounter([Shard; SHARDS]);

impl ShardedCounter {
    /// The sum over all threads.
    pub fn total(&self) -> u64 {
        let counts = self.0.iter().map(|shard| shard.0.load(Ordering::Relaxed));
        counts.fold(0, u64::wrapping_add)
    }
}

impl CounterFn for ShardedCounter {
    fn increment(&self, value: u64) {
        own(&self.0).0.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        let missing = value.saturating_sub(self.total());
        self.increment(missing);
    }
}

/// A gauge, as the bits of a number. Not sharded: a sum cannot be set.
#[derive(Default)]
pub struct AtomicGauge(AtomicU64);

impl AtomicGauge {
    /// Its value.
    pub fn value(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    fn change(&self, change: impl Fn(f64) -> f64) {
        let changed = |bits| Some(change(f64::from_bits(bits)).to_bits());
        // Never fails: the closure always returns a value.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed);
    }
}

impl GaugeFn for AtomicGauge {
    fn increment(&self, value: f64) {
        self.change(|gauge| gauge + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|gauge| gauge - value);
    }

    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }
}

/// A histogram of seconds with fixed buckets. Samples are not kept.
#[derive(Default)]
pub struct ShardedHistogram([Buckets; SHARDS]);

#[derive(Default)]
#[repr(align(64))]
struct Buckets {
    counts: [AtomicU64; BOUNDS.len() + 1],
    /// The sum of recorded values, in nanoseconds: enough for 584 years.
    nanoseconds: AtomicU64,
}

/// The summed content of a histogram.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The number of values in each bucket that are not in a lower one.
    pub counts: [u64; BOUNDS.len() + 1],
    /// The sum of all values.
    pub sum: Duration,
}

impl ShardedHistogram {
    /// The sum over all threads.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for shard in &self.0 {
            for (sum, count) in snapshot.counts.iter_mut().zip(&shard.counts) {
                *sum += count.load(Ordering::Relaxed);
            }
            let nanoseconds = shard.nanoseconds.load(Ordering::Relaxed);
            snapshot.sum += Duration::from_nanos(nanoseconds);
        }
        snapshot
    }
}

impl HistogramFn for ShardedHistogram {
    fn record(&self, seconds: f64) {
        let recorded = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let nanoseconds = u64::try_from(recorded.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().take_while(|bound| seconds > **bound).count();
        let shard = own(&self.0);
        if let Some(count) = shard.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        shard.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}
