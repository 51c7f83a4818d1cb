//! The feed of changes: what every replica tells services and devices, in one order.

mod devices;
mod followed_feed;
mod follower;
mod metrics;
mod own;
mod page;
mod reading;
mod retention;
mod signal;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::Timestamp;
use privet_domain::changes::Change;
use privet_domain::changes::cursor::FeedPosition;
use uuid::Uuid;

use crate::catalogue::CurrentCatalogue;
use crate::settings::SettingsService;
use crate::{Clock, StoreError};

use followed_feed::FollowedFeed;

pub use devices::{MOST_STREAMS, TooManyStreams};
pub use follower::Follower;
pub use own::{OwnChange, OwnChanges, Tags};
pub use page::ChangePage;
pub use reading::{ChangeReader, FeedError, MOST_CHANGES, Start};
pub use signal::ChangeSignal;

/// The feed of a database at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed {
    /// A restored database has another epoch.
    pub epoch: Uuid,
    /// The position up to which changes were deleted.
    pub earliest: FeedPosition,
    /// The position up to which everything can be told: no change can appear at or before it any more.
    pub reached: FeedPosition,
    /// The time of the first change that is stored after [`Self::reached`], if there is one.
    pub waiting_since: Option<Timestamp>,
}

/// A change at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedChange {
    /// The position after this change.
    pub position: FeedPosition,
    /// The change.
    pub change: Change,
}

/// A part of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPart {
    /// The feed when the part was read.
    pub feed: Feed,
    /// The changes after the requested position, up to `feed.reached`, in the order of their positions.
    pub changes: Vec<PlacedChange>,
    /// Whether there are more up to `feed.reached`.
    pub has_more: bool,
}

/// Stores the feed. Every change of a store adds to it in its own transaction, from the change's
/// [events](crate::user_events::UserEvent::told).
#[async_trait]
pub trait ChangeStore: Send + Sync {
    /// At most `most` changes after a position.
    ///
    /// Begins a new epoch if the database is another one than before.
    ///
    /// MUST return only changes up to [`Feed::reached`], and MUST NOT return one at or before a position that was
    /// reached in an earlier call, of any process, unless that call could have returned it. The order MUST be the same
    /// in all processes.
    async fn changes_after(&self, after: FeedPosition, most: u32) -> Result<FeedPart, StoreError>;

    /// Deletes up to `most` changes from the beginning that are older than this, and moves [`Feed::earliest`], in one
    /// transaction. Returns whether there are more.
    async fn forget_changes(&self, before: Timestamp, most: u32) -> Result<bool, StoreError>;

    /// Adds a change of the catalogue to the feed if the last one had another fingerprint. Of several processes with the
    /// same catalogue one MUST add it.
    async fn catalogue_changed(&self, fingerprint: i64, now: Timestamp) -> Result<(), StoreError>;
}

/// Tells services and devices what changed. Cloning is cheap.
#[derive(Clone)]
pub struct ChangeService {
    store: Arc<dyn ChangeStore>,
    feed: Arc<FollowedFeed>,
    settings: SettingsService,
    catalogue: Arc<CurrentCatalogue>,
    clock: Arc<dyn Clock>,
}

impl ChangeService {
    /// Changes in this store. They are told while a [`Follower`] runs.
    #[must_use]
    pub fn new(
        store: Arc<dyn ChangeStore>,
        settings: SettingsService,
        catalogue: Arc<CurrentCatalogue>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            feed: Arc::default(),
            settings,
            catalogue,
            clock,
        }
    }

    /// The task that follows the feed. MUST run once; `signal` wakes it.
    #[must_use]
    pub fn follower(&self, signal: ChangeSignal) -> Follower {
        Follower::new(
            Arc::clone(&self.store),
            Arc::clone(&self.feed),
            Arc::clone(&self.clock),
            signal,
        )
    }
}
