//! The catalogue in force, which can be replaced while requests are in progress.

use std::sync::Arc;

use arc_swap::ArcSwap;
use metrics::{describe_gauge, gauge};
use privet_domain::catalogue::Catalogue;
use tokio::sync::Notify;

/// Holds the catalogue in force. A request loads it once and uses it to its end.
pub struct CurrentCatalogue {
    current: ArcSwap<Catalogue>,
    replaced: Notify,
}

impl CurrentCatalogue {
    /// This catalogue, until it is replaced.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        describe_gauge!(
            "privet_catalogue_fingerprint",
            "The fingerprint of the catalogue in force. Replicas with the same catalogue have the same."
        );
        report(&catalogue);
        Self {
            current: ArcSwap::new(catalogue),
            replaced: Notify::new(),
        }
    }

    /// The catalogue in force.
    #[must_use]
    pub fn get(&self) -> Arc<Catalogue> {
        self.current.load_full()
    }

    /// Puts another catalogue in force for new requests.
    pub fn replace(&self, catalogue: Arc<Catalogue>) {
        report(&catalogue);
        self.current.store(catalogue);
        self.replaced.notify_one();
    }

    /// Waits until the catalogue was replaced since the last call. For one task.
    pub(crate) async fn replaced(&self) {
        self.replaced.notified().await;
    }
}

fn report(catalogue: &Catalogue) {
    gauge!("privet_catalogue_fingerprint").set(catalogue.fingerprint());
}
