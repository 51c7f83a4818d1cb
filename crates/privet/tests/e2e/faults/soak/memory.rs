//! How much memory a server takes over time, and whether that grows.

use std::time::{Duration, Instant};

use crate::support::Server;

/// How much more a server may take in the last sixth of a run than in the second, in which its caches and pools
/// have filled: this part, or so many KiB where that is more.
const GROWTH: (f64, u64) = (0.02, 2_048);
/// The same for a run that is too short for caches to fill, in KiB.
const GROWTH_OF_SHORT_RUNS: u64 = 65_536;

/// Samples of a server's memory.
#[derive(Default)]
pub struct Memory(Vec<(Duration, u64)>);

impl Memory {
    /// Takes one.
    pub fn sample(&mut self, begun: Instant, server: &Server) {
        self.0.push((begun.elapsed(), server.resident_memory()));
    }

    /// The median of the samples in one sixth of the run, in KiB.
    fn sixth(&self, number: u32, of: Duration) -> u64 {
        let part = of / 6 * number..of / 6 * (number + 1);
        let samples = self.0.iter().filter(|(time, _)| part.contains(time));
        let mut samples: Vec<_> = samples.map(|(_, kib)| *kib).collect();
        samples.sort_unstable();
        let median = samples.get(samples.len() / 2).copied();
        // Where the whole machine stood still for so long there are none.
        median.unwrap_or_else(|| self.0.last().expect("a sample").1)
    }

    /// The medians of all sixths, in KiB.
    pub fn summary(&self, of: Duration) -> String {
        let sixths: Vec<_> = (0..6)
            .map(|number| self.sixth(number, of).to_string())
            .collect();
        format!("{} KiB, in each sixth of the time", sixths.join(", "))
    }

    /// Asserts that the last sixth took no more than the second.
    pub fn assert_flat(&self, of: Duration, is_long: bool) {
        let (early, late) = (self.sixth(1, of), self.sixth(5, of));
        let (part, kib) = GROWTH;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "memory is far from what a double cannot count"
        )]
        let growth = ((early as f64 * part) as u64).max(kib);
        let growth = if is_long {
            growth
        } else {
            GROWTH_OF_SHORT_RUNS
        };
        assert!(late <= early + growth, "{}", self.summary(of));
    }
}
