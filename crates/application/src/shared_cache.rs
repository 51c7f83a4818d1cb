//! The cache that replicas share: when its rows may be used, and what a change must wait for.
//! `docs/decisions/0007-shared-cache.md` explains why it is correct.
//!
//! A replica uses cached rows only while it knows that the epoch is in force. It looks the epoch up regularly, and
//! may rely on the result for one [`TERM`]. A change either fences the row in the cache, or makes sure that no
//! replica uses the cache: it suspends the epoch and waits until all replicas must have noticed.

mod commit_watch;
pub mod epoch;
mod epoch_view;
pub mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::settings::user::User;
use tokio::sync::Mutex;
use tokio::time::{self, Instant};
use uuid::Uuid;

use crate::settings::cache::{Cached, Lease, SettingsCache};
use crate::{IdSource, StoreError};
use epoch::{CacheEpoch, CacheEpochStore};
use rows::{Kept, RowKey, SharedRows};

use commit_watch::CommitWatch;
use epoch_view::EpochView;

/// How long a replica may rely on a lookup of the epoch, from the beginning of the lookup. A change waits this
/// long if it cannot reach the cache.
pub const TERM: Duration = Duration::from_millis(100);
/// The interval between lookups. One or two late lookups do not stop the use of the cache.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// The minimum time for which an epoch stays suspended.
const HOLD: Duration = Duration::from_secs(1);
/// The time after the begin of an epoch before its rows are read.
const WARM_UP: Duration = Duration::from_millis(200);
/// The token of a change without a fence.
const UNFENCED: u64 = 0;
/// The maximum number of epochs that may begin and end while a change determines the state of the cache.
const ATTEMPTS: usize = 5;

/// The shared cache of one replica.
pub struct SharedCache {
    rows: Arc<dyn SharedRows>,
    epochs: Arc<dyn CacheEpochStore>,
    ids: Arc<dyn IdSource>,
    epoch_view: EpochView,
    commits: CommitWatch,
    suspension: Mutex<Option<Suspension>>,
}

/// The state of the cache at the beginning of a change.
enum CacheState {
    /// The rows of this epoch are in use: the row must be fenced.
    Usable(Uuid),
    /// This epoch is suspended, and all replicas know it.
    Disabled(Uuid),
    /// Wait and look again.
    Switching,
    /// Cached rows may be in use but cannot be reached.
    Unreachable,
}

/// That this replica has suspended the use of the cache.
#[derive(Debug, Clone, Copy)]
struct Suspension {
    epoch: Uuid,
    /// Since then no lookup can have found an epoch in use.
    since: Instant,
    /// Until then no replica begins another epoch.
    until: Instant,
}

impl SharedCache {
    /// A cache of `rows`, used while an epoch of `epochs` permits it. It is unused until [`Self::watch_epoch`]
    /// runs.
    pub fn new(
        rows: Arc<dyn SharedRows>,
        epochs: Arc<dyn CacheEpochStore>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            rows,
            epochs,
            ids,
            epoch_view: EpochView::default(),
            commits: CommitWatch::default(),
            suspension: Mutex::default(),
        }
    }

    /// Looks the epoch up regularly, and begins and suspends epochs when servers appear and disappear. Never
    /// returns.
    pub async fn watch_epoch(&self) {
        loop {
            if let Err(error) = self.refresh_epoch().await {
                tracing::debug!(exception.message = %error, "cannot look up whether the shared cache may be used");
            }
            time::sleep(LOOK_EVERY).await;
        }
    }

    async fn refresh_epoch(&self) -> Result<(), StoreError> {
        self.commits.refresh(&*self.epochs).await?;
        let epoch = self.read_epoch().await?;
        let Some(reachable) = self.rows.server() else {
            return Ok(());
        };
        match &epoch.server {
            Some(server) if *server == reachable => {}
            // The server was restarted or replaced: its rows may be old.
            Some(_) => {
                let sent = Instant::now();
                let epoch = self.epochs.suspend().await?;
                self.epoch_view.note(&epoch, sent);
            }
            None if self.has_stood_for(&epoch, HOLD) => {
                let sent = Instant::now();
                let begun = self.epochs.begin(&epoch, self.ids.new_id(), &reachable);
                self.epoch_view.note(&begun.await?, sent);
            }
            None => {}
        }
        Ok(())
    }

    async fn read_epoch(&self) -> Result<CacheEpoch, StoreError> {
        let sent = Instant::now();
        let epoch = self.epochs.current().await?;
        self.epoch_view.note(&epoch, sent);
        Ok(epoch)
    }

    /// The epoch that is in use now.
    fn usable(&self) -> Option<Uuid> {
        self.usable_epoch().map(|(epoch, _)| epoch)
    }

    /// The epoch whose rows may be read: changes from before it, which have no fence, have ended, and no change waits for
    /// its commit so long that its fence may be gone.
    fn readable(&self) -> Option<Uuid> {
        let (epoch, known_since) = self.usable_epoch()?;
        let is_warm = known_since.elapsed() >= WARM_UP;
        (is_warm && self.commits.is_clear()).then_some(epoch)
    }

    fn usable_epoch(&self) -> Option<(Uuid, Instant)> {
        self.epoch_view.usable(TERM, || self.rows.server())
    }

    fn has_stood_for(&self, epoch: &CacheEpoch, time: Duration) -> bool {
        let since = self.epoch_view.known_since(epoch);
        since.is_some_and(|since| since.elapsed() >= time)
    }

    /// The state of the cache for a change that begins now.
    async fn cache_state(&self) -> Result<CacheState, StoreError> {
        if let Some(epoch) = self.usable() {
            return Ok(CacheState::Usable(epoch));
        }
        let Some(reachable) = self.rows.server() else {
            return Ok(CacheState::Unreachable);
        };
        let epoch = self.read_epoch().await?;
        Ok(match &epoch.server {
            Some(server) if *server == reachable => CacheState::Usable(epoch.id),
            Some(_) => CacheState::Unreachable,
            None => match self.epoch_view.known_since(&epoch) {
                // Other replicas may not have noticed yet.
                Some(since) if since.elapsed() < TERM => {
                    time::sleep_until(since + TERM).await;
                    CacheState::Switching
                }
                Some(_) => CacheState::Disabled(epoch.id),
                None => CacheState::Switching,
            },
        })
    }

    fn token(&self) -> u64 {
        let (_, random) = self.ids.new_id().as_u64_pair();
        random.max(UNFENCED + 1)
    }

    /// Returns when no cached row can hide a change that was stored before the call.
    async fn wait_until_visible(&self, lease: Lease) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(reachable) = self.rows.server() else {
                break;
            };
            let epoch = self.read_epoch().await?;
            match epoch.server {
                // No cache was in use since the change began.
                None if epoch.id == lease.epoch && lease.token == UNFENCED => return Ok(()),
                None => {
                    time::sleep(TERM).await;
                    return Ok(());
                }
                Some(server) if server == reachable => {
                    let row_key = RowKey {
                        epoch: epoch.id,
                        user_id: lease.user_id,
                    };
                    let removed = self.rows.lift(row_key, UNFENCED, None).await.is_ok();
                    if removed && self.usable() == Some(epoch.id) {
                        return Ok(());
                    }
                }
                Some(_) => break,
            }
        }
        self.suspend().await.map(drop)
    }

    /// Returns when no replica uses the cache, and no earlier user of it can continue to do so. Returns the
    /// suspended epoch.
    async fn suspend(&self) -> Result<Uuid, StoreError> {
        let mut suspension = self.suspension.lock().await;
        let sent = Instant::now();
        let current = match *suspension {
            Some(known) if sent + HOLD / 2 < known.until => known,
            known => {
                let epoch = self.epochs.suspend().await?;
                // Each epoch gets a new name, so with the same name none has begun in between.
                let unbroken = known.filter(|known| known.epoch == epoch.id);
                let since = unbroken.map_or_else(Instant::now, |known| known.since);
                self.epoch_view.note(&epoch, sent);
                Suspension {
                    epoch: epoch.id,
                    since,
                    until: sent + HOLD,
                }
            }
        };
        *suspension = Some(current);
        drop(suspension);
        time::sleep_until(current.since + TERM).await;
        Ok(current.epoch)
    }
}

#[async_trait]
impl SettingsCache for SharedCache {
    async fn get(&self, user_id: UserId) -> Cached {
        let Some(epoch) = self.readable() else {
            return Cached::Unreachable;
        };
        let row_key = RowKey { epoch, user_id };
        match self.rows.read(row_key).await {
            // The time of the server's answer counts, not that of the request.
            Ok(Kept::Row(row)) if self.readable() == Some(epoch) => Cached::Row(row),
            Ok(Kept::Row(_)) | Err(_) => Cached::Unreachable,
            Ok(Kept::Taken) => Cached::Nothing(None),
            Ok(Kept::Nothing) => {
                let token = self.token();
                let claimed = matches!(self.rows.claim(row_key, token).await, Ok(true));
                Cached::Nothing(claimed.then_some(Lease {
                    user_id,
                    epoch,
                    token,
                }))
            }
        }
    }

    async fn fill(&self, lease: Lease, row: Arc<User>) {
        // If it cannot be cached, the claim expires.
        let _ = self.rows.fill(row_key(lease), lease.token, &row).await;
    }

    async fn begin_change(&self, user_id: UserId) -> Result<Lease, StoreError> {
        for _ in 0..ATTEMPTS {
            match self.cache_state().await? {
                CacheState::Usable(epoch) => {
                    let row_key = RowKey { epoch, user_id };
                    if let Ok(token) = self.rows.fence(row_key, self.token()).await {
                        return Ok(Lease {
                            user_id,
                            epoch,
                            token,
                        });
                    }
                    break;
                }
                CacheState::Disabled(epoch) => return Ok(unfenced(user_id, epoch)),
                CacheState::Switching => {}
                CacheState::Unreachable => break,
            }
        }
        let epoch = self.suspend().await?;
        Ok(unfenced(user_id, epoch))
    }

    /// An epoch that began since does not know of the change. No row is read in it before `WARM_UP` is over.
    async fn extend_change(&self, lease: Lease) -> Lease {
        let Some(epoch) = self.usable() else {
            return lease;
        };
        if lease.epoch == epoch && lease.token != UNFENCED {
            return lease;
        }
        let user_id = lease.user_id;
        let key = RowKey { epoch, user_id };
        // Where the fence cannot be put there, it is tried again.
        let fenced = self.rows.fence(key, self.token()).await;
        fenced.map_or(lease, |token| Lease {
            user_id,
            epoch,
            token,
        })
    }

    async fn end_change(&self, lease: Lease, row: Option<Arc<User>>) -> Result<(), StoreError> {
        if lease.token != UNFENCED {
            let lifted = self.rows.lift(row_key(lease), lease.token, row.as_deref());
            if lifted.await.is_ok() && self.usable() == Some(lease.epoch) {
                return Ok(());
            }
        }
        self.wait_until_visible(lease).await
    }
}

fn unfenced(user_id: UserId, epoch: Uuid) -> Lease {
    Lease {
        user_id,
        epoch,
        token: UNFENCED,
    }
}

fn row_key(lease: Lease) -> RowKey {
    RowKey {
        epoch: lease.epoch,
        user_id: lease.user_id,
    }
}
