//! The catalogue in force, which may be replaced while requests are under way.

use std::sync::Arc;

use arc_swap::ArcSwap;
use privet_domain::catalogue::Catalogue;

/// Holds the catalogue in force. A request takes it once, and uses that one to its end.
pub struct CurrentCatalogue(ArcSwap<Catalogue>);

impl CurrentCatalogue {
    /// This catalogue, until it is replaced.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        Self(ArcSwap::new(catalogue))
    }

    /// The catalogue in force now.
    #[must_use]
    pub fn get(&self) -> Arc<Catalogue> {
        self.0.load_full()
    }

    /// Puts another catalogue in force, for requests that begin from now on.
    pub fn replace(&self, catalogue: Arc<Catalogue>) {
        self.0.store(catalogue);
    }
}
