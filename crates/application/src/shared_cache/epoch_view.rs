//! What a replica knows of the epoch, and since when. Holds no opinion on whom it may believe for how long.

use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::time::Instant;
use uuid::Uuid;

use crate::shared_cache::epoch::{CacheEpoch, CacheServer};

/// The latest that is known.
#[derive(Default)]
pub(super) struct EpochView(ArcSwapOption<ObservedEpoch>);

/// An epoch that was in force.
struct ObservedEpoch {
    epoch: CacheEpoch,
    /// When this was first known. Whoever looks after this sees it, or a later one.
    known_since: Instant,
    /// When the last look began that found it: it was in force after this.
    seen_at: Instant,
}

impl EpochView {
    /// Notes what was found by looking from `sent` until now.
    pub fn note(&self, epoch: &CacheEpoch, sent: Instant) {
        let now = Instant::now();
        self.0.rcu(|known| match known {
            // An answer that was overtaken by another.
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

    /// The epoch in use, and since when that is known: one for the server that is reachable, looked up less than
    /// `term` ago.
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

    /// Since when just this is known; `None` if something else is.
    pub fn known_since(&self, epoch: &CacheEpoch) -> Option<Instant> {
        let known = self.0.load();
        let observed = known.as_ref()?;
        (observed.epoch == *epoch).then_some(observed.known_since)
    }
}
