//! The cache that replicas share: when its rows may be used, and what a change must wait for.
//! `docs/decisions/0007-shared-cache.md` explains why it is correct.
//!
//! A replica uses cached rows only while it knows that the epoch is in force. It looks the epoch up regularly, and
//! may rely on the result for one [`TERM`]. A change either fences the row in the cache, or makes sure that no
//! replica uses the cache: it suspends the epoch and waits until all replicas must have noticed.

pub mod epoch;
mod outlook;
pub mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::user::User;
use tokio::sync::Mutex;
use tokio::time::{self, Instant};
use uuid::Uuid;

use crate::settings::cache::{Cached, Lease, SettingsCache};
use crate::{IdSource, StoreError};
use epoch::{CacheEpoch, CacheEpochStore};
use rows::{Kept, Place, SharedRows};

use outlook::Outlook;

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
    outlook: Outlook,
    suspension: Mutex<Option<Suspension>>,
}

/// The state of the cache at the beginning of a change.
enum Ground {
    /// The rows of this epoch are in use: the row must be fenced.
    Cache(Uuid),
    /// This epoch is suspended, and all replicas know it.
    Bare(Uuid),
    /// Wait and look again.
    Shifting,
    /// Cached rows may be in use but cannot be reached.
    OutOfReach,
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
    /// A cache of `rows`, used while an epoch of `epochs` permits it. It is unused until [`Self::keep_watch`]
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
            outlook: Outlook::default(),
            suspension: Mutex::default(),
        }
    }

    /// Looks the epoch up regularly, and begins and suspends epochs when servers appear and disappear. Never
    /// returns.
    pub async fn keep_watch(&self) {
        loop {
            if let Err(error) = self.look_around().await {
                tracing::debug!(exception.message = %error, "cannot look up whether the shared cache may be used");
            }
            time::sleep(LOOK_EVERY).await;
        }
    }

    async fn look_around(&self) -> Result<(), StoreError> {
        let epoch = self.look().await?;
        let Some(reachable) = self.rows.server() else {
            return Ok(());
        };
        match &epoch.server {
            Some(server) if *server == reachable => {}
            // The server was restarted or replaced: its rows may be old.
            Some(_) => {
                let sent = Instant::now();
                let epoch = self.epochs.suspend().await?;
                self.outlook.note(&epoch, sent);
            }
            None if self.has_stood_for(&epoch, HOLD) => {
                let sent = Instant::now();
                let begun = self.epochs.begin(&epoch, self.ids.new_id(), &reachable);
                self.outlook.note(&begun.await?, sent);
            }
            None => {}
        }
        Ok(())
    }

    async fn look(&self) -> Result<CacheEpoch, StoreError> {
        let sent = Instant::now();
        let epoch = self.epochs.current().await?;
        self.outlook.note(&epoch, sent);
        Ok(epoch)
    }

    /// The epoch that is in use now.
    fn usable(&self) -> Option<Uuid> {
        self.sight().map(|(epoch, _)| epoch)
    }

    /// The epoch whose rows may be read: changes from before it, which have no fence, have ended.
    fn readable(&self) -> Option<Uuid> {
        let (epoch, known_since) = self.sight()?;
        (known_since.elapsed() >= WARM_UP).then_some(epoch)
    }

    fn sight(&self) -> Option<(Uuid, Instant)> {
        self.outlook.usable(TERM, || self.rows.server())
    }

    fn has_stood_for(&self, epoch: &CacheEpoch, time: Duration) -> bool {
        let since = self.outlook.known_since(epoch);
        since.is_some_and(|since| since.elapsed() >= time)
    }

    /// The state of the cache for a change that begins now.
    async fn ground(&self) -> Result<Ground, StoreError> {
        if let Some(epoch) = self.usable() {
            return Ok(Ground::Cache(epoch));
        }
        let Some(reachable) = self.rows.server() else {
            return Ok(Ground::OutOfReach);
        };
        let epoch = self.look().await?;
        Ok(match &epoch.server {
            Some(server) if *server == reachable => Ground::Cache(epoch.id),
            Some(_) => Ground::OutOfReach,
            None => match self.outlook.known_since(&epoch) {
                // Other replicas may not have noticed yet.
                Some(since) if since.elapsed() < TERM => {
                    time::sleep_until(since + TERM).await;
                    Ground::Shifting
                }
                Some(_) => Ground::Bare(epoch.id),
                None => Ground::Shifting,
            },
        })
    }

    fn token(&self) -> u64 {
        let (_, random) = self.ids.new_id().as_u64_pair();
        random.max(UNFENCED + 1)
    }

    /// Returns when no cached row can hide a change that was stored before the call.
    async fn settle(&self, lease: Lease) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(reachable) = self.rows.server() else {
                break;
            };
            let epoch = self.look().await?;
            match epoch.server {
                // No cache was in use since the change began.
                None if epoch.id == lease.epoch && lease.token == UNFENCED => return Ok(()),
                None => {
                    time::sleep(TERM).await;
                    return Ok(());
                }
                Some(server) if server == reachable => {
                    let place = Place {
                        epoch: epoch.id,
                        user_id: lease.user_id,
                    };
                    let removed = self.rows.lift(place, UNFENCED, None).await.is_ok();
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
                self.outlook.note(&epoch, sent);
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
            return Cached::Away;
        };
        let place = Place { epoch, user_id };
        match self.rows.read(place).await {
            // The time of the server's answer counts, not that of the request.
            Ok(Kept::Row(row)) if self.readable() == Some(epoch) => Cached::Row(row),
            Ok(Kept::Row(_)) | Err(_) => Cached::Away,
            Ok(Kept::Taken) => Cached::Nothing(None),
            Ok(Kept::Nothing) => {
                let token = self.token();
                let claimed = matches!(self.rows.claim(place, token).await, Ok(true));
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
        let _ = self.rows.fill(place(lease), lease.token, &row).await;
    }

    async fn begin_change(&self, user_id: UserId) -> Result<Lease, StoreError> {
        for _ in 0..ATTEMPTS {
            match self.ground().await? {
                Ground::Cache(epoch) => {
                    let place = Place { epoch, user_id };
                    if let Ok(token) = self.rows.fence(place, self.token()).await {
                        return Ok(Lease {
                            user_id,
                            epoch,
                            token,
                        });
                    }
                    break;
                }
                Ground::Bare(epoch) => return Ok(unfenced(user_id, epoch)),
                Ground::Shifting => {}
                Ground::OutOfReach => break,
            }
        }
        let epoch = self.suspend().await?;
        Ok(unfenced(user_id, epoch))
    }

    async fn end_change(&self, lease: Lease, row: Option<Arc<User>>) -> Result<(), StoreError> {
        if lease.token != UNFENCED {
            let lifted = self.rows.lift(place(lease), lease.token, row.as_deref());
            if lifted.await.is_ok() && self.usable() == Some(lease.epoch) {
                return Ok(());
            }
        }
        self.settle(lease).await
    }
}

fn unfenced(user_id: UserId, epoch: Uuid) -> Lease {
    Lease {
        user_id,
        epoch,
        token: UNFENCED,
    }
}

fn place(lease: Lease) -> Place {
    Place {
        epoch: lease.epoch,
        user_id: lease.user_id,
    }
}
