//! A page of changes with the cursor after it.

use privet_domain::changes::cursor::{Cursor, FeedPosition};

use super::PlacedChange;

/// Changes that a service is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The changes in their order.
    pub changes: Vec<PlacedChange>,
    /// The cursor after them.
    pub next: Cursor,
    /// Whether these were all.
    pub caught_up: bool,
}

impl ChangePage {
    /// Changes after a cursor: all up to the settled position, or not.
    pub(super) fn new(
        after: Cursor,
        changes: Vec<PlacedChange>,
        is_all: bool,
        settled: FeedPosition,
    ) -> Self {
        let last = changes.last().map_or(after.position, |last| last.position);
        Self {
            changes,
            next: Cursor {
                epoch: after.epoch,
                // A cursor of another replica may be ahead of this one.
                position: if is_all { last.max(settled) } else { last },
            },
            caught_up: is_all,
        }
    }
}
