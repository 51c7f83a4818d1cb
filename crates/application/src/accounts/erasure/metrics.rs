//! Metrics of erasures.

use metrics::{Gauge, describe_gauge, gauge};

const UNDER_WAY: &str = "privet_erasures_under_way";

/// The series, looked up once.
#[derive(Clone)]
pub(super) struct Metrics {
    under_way: Gauge,
}

impl Metrics {
    pub fn new() -> Self {
        describe_gauge!(
            UNDER_WAY,
            "Erased users whose rows are not all deleted yet; 100 means 100 or more."
        );
        let under_way = gauge!(UNDER_WAY);
        under_way.set(0.0);
        Self { under_way }
    }

    pub fn set_under_way(&self, erasures: usize) {
        // At most the number that a search returns.
        self.under_way
            .set(u32::try_from(erasures).map_or(f64::MAX, f64::from));
    }
}
