//! The catalogue in force, which can be replaced while requests are in progress.

use std::sync::Arc;

use arc_swap::ArcSwap;
use metrics::{describe_gauge, gauge};
use privet_domain::catalogue::Catalogue;

/// Holds the catalogue in force. A request loads it once and uses it to its end.
pub struct CurrentCatalogue(ArcSwap<Catalogue>);

impl CurrentCatalogue {
    /// This catalogue, until it is replaced.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        describe_gauge!(
            "privet_catalogue_fingerprint",
            "The fingerprint of the catalogue in force. Replicas with the same catalogue have the same."
        );
        report(&catalogue);
        Self(ArcSwap::new(catalogue))
    }

    /// The catalogue in force.
    #[must_use]
    pub fn get(&self) -> Arc<Catalogue> {
        self.0.load_full()
    }

    /// Puts another catalogue in force for new requests.
    pub fn replace(&self, catalogue: Arc<Catalogue>) {
        report(&catalogue);
        self.0.store(catalogue);
    }
}

fn report(catalogue: &Catalogue) {
    gauge!("privet_catalogue_fingerprint").set(catalogue.fingerprint());
}
