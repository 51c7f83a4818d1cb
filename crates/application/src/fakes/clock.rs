//! Time that stands still until a test moves it, and ids that count.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use privet_domain::Timestamp;
use uuid::{Builder, Uuid};

use super::samples::at;
use crate::{Clock, IdSource};

/// Shows what it was set to.
pub struct FakeClock(AtomicI64);

impl Default for FakeClock {
    fn default() -> Self {
        Self(AtomicI64::new(at(0).as_micros()))
    }
}

impl FakeClock {
    /// Sets it, forwards or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// Gives ids of one millisecond after another.
#[derive(Default)]
pub struct FakeIds(AtomicU64);

impl IdSource for FakeIds {
    fn new_id(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Builder::from_unix_timestamp_millis(number, &[0; 10]).into_uuid()
    }
}
