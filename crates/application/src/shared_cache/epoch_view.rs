//! What a replica knows about the epoch, and since when. It does not decide how long that may be relied on.

use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::time::Instant;
use uuid::Uuid;

use crate::shared_cache::epoch::{CacheEpoch, CacheServer};

/// The latest known state.
#[derive(Default)]
pub(super) struct EpochView(ArcSwapOption<ObservedEpoch>);

/// An epoch that was in force.
struct ObservedEpoch {
    epoch: CacheEpoch,
    /// When this was first known. Later lookups return this epoch or a later one.
    known_since: Instant,
    /// When the last lookup that found it began: it was in force after this.
    seen_at: Instant,
}

impl EpochView {
    /// Records the result of a lookup that began at `sent`.
    pub fn note(&self, epoch: &CacheEpoch, sent: Instant) {
        let now = Instant::now();
        self.0.rcu(|known| match known {
            // A newer result has arrived before.
            Some(observed) if observed.seen_at > sent => known.clone(),
            Some(observed) if observed.epoch == *epoch => {
                Some(Self::observed(epoch, observed.known_since, sent))
            }
            _ => Some(Self::observed(epoch, now, sent)),
        });
    }

    fn observed(
        epoch: &CacheEpoch,
        known_since: Instant,
        seen_at: Instant,
    ) -> std::sync::Arc<ObservedEpoch> {
        std::sync::Arc::new(ObservedEpoch {
            epoch: epoch.clone(),
            known_since,
            seen_at,
        })
    }

    /// The epoch in use, and since when it is known: with the reachable server, and looked up less than `term`
    /// ago.
    pub fn usable(
        &self,
        term: Duration,
        reachable: impl FnOnce() -> Option<CacheServer>,
    ) -> Option<(Uuid, Instant)> {
        let known = self.0.load();
        let observed = known.as_ref()?;
        let server = observed.epoch.server.as_ref()?;
        let is_fresh = observed.seen_at.elapsed() < term;
        let is_ours = is_fresh && reachable().as_ref() == Some(server);
        is_ours.then_some((observed.epoch.id, observed.known_since))
    }

    /// Since when exactly this epoch is known; `None` for another epoch.
    pub fn known_since(&self, epoch: &CacheEpoch) -> Option<Instant> {
        let known = self.0.load();
        let observed = known.as_ref()?;
        (observed.epoch == *epoch).then_some(observed.known_since)
    }
}
