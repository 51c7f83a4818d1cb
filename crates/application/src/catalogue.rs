//! The catalogue in force, which can be replaced while requests are in progress.

use std::sync::Arc;

use arc_swap::ArcSwap;
use privet_domain::catalogue::Catalogue;

/// Holds the catalogue in force. A request loads it once and uses it to its end.
pub struct CurrentCatalogue(ArcSwap<Catalogue>);

impl CurrentCatalogue {
    /// This catalogue, until it is replaced.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        Self(ArcSwap::new(catalogue))
    }

    /// The catalogue in force.
    #[must_use]
    pub fn get(&self) -> Arc<Catalogue> {
        self.0.load_full()
    }

    /// Puts another catalogue in force for new requests.
    pub fn replace(&self, catalogue: Arc<Catalogue>) {
        self.0.store(catalogue);
    }
}
