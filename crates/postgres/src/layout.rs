//! How the tables are laid out: whole in one database, or spread over the nodes of a distributed database (Citus).
//! Statements that a distributed database refuses, or runs on several nodes, have a second form for the latter
//! (decision 18).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In one database.
    Whole,
    /// On several nodes, by the user to whom they belong.
    Spread,
}

impl Layout {
    pub const fn is_spread(self) -> bool {
        matches!(self, Self::Spread)
    }
}

/// The layout, as far as it is known. Cloning it is cheap, and all clones have the same value.
#[derive(Debug, Clone)]
pub(crate) struct KnownLayout {
    is_forced: bool,
    is_spread: Arc<AtomicBool>,
}

impl KnownLayout {
    /// [`Layout::Spread`] whatever the database is, if `force_spread` is true.
    pub fn new(force_spread: bool) -> Self {
        Self {
            is_forced: force_spread,
            is_spread: Arc::new(AtomicBool::new(force_spread)),
        }
    }

    /// Notes whether the extension is in the database. The connector calls it for each new connection.
    pub fn learn(&self, citus_is_there: bool) {
        let is_spread = self.is_forced || citus_is_there;
        self.is_spread.store(is_spread, Ordering::Release);
    }

    /// MUST be called while a connection is open. Before the first connection it is not known.
    pub fn get(&self) -> Layout {
        if self.is_spread.load(Ordering::Acquire) {
            Layout::Spread
        } else {
            Layout::Whole
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_database() {
        let layout = KnownLayout::new(false);
        let clone = layout.clone();
        assert_eq!(layout.get(), Layout::Whole);
        layout.learn(true);
        assert_eq!(clone.get(), Layout::Spread);
        layout.learn(false);
        assert_eq!(clone.get(), Layout::Whole);
    }

    #[test]
    fn a_forced_layout_stays_spread() {
        let layout = KnownLayout::new(true);
        assert!(layout.get().is_spread());
        layout.learn(false);
        assert!(layout.get().is_spread());
    }
}
