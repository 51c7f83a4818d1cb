//! The cache that replicas share: when one of its rows may be used, and what a change has to wait for.
//! `docs/decisions/0007-shared-cache.md` says why it is right.
//!
//! A replica uses cached rows only while it knows that the epoch is in force, which it looks up again and
//! again; what it knows holds for one [`TERM`]. A change either fences the row off, in the cache that is in
//! use, or makes sure that none is: it suspends the epoch and waits until every replica must know.

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

/// For how long a replica may rely on the epoch that it looked up, from when it began to look. What a change
/// waits for where the cache cannot be told.
pub const TERM: Duration = Duration::from_millis(100);
/// How often it looks. A look or two may be late before rows are read from the store instead.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// For how long an epoch stays suspended at least.
const HOLD: Duration = Duration::from_secs(1);
/// For how long an epoch is known before rows are read in it.
const WARM_UP: Duration = Duration::from_millis(200);
/// The token of a change that no fence stands for.
const UNFENCED: u64 = 0;
/// Epochs may begin and end while a change looks for its ground, but not this often.
const ATTEMPTS: usize = 5;

/// The shared cache as one replica uses it.
pub struct SharedCache {
    rows: Arc<dyn SharedRows>,
    epochs: Arc<dyn CacheEpochStore>,
    ids: Arc<dyn IdSource>,
    outlook: Outlook,
    suspension: Mutex<Option<Suspension>>,
}

/// What a change stands on.
enum Ground {
    /// This epoch's rows are in use: the changed one is to be fenced off.
    Cache(Uuid),
    /// This epoch is suspended, and everybody knows.
    Bare(Uuid),
    /// Wait and look again.
    Shifting,
    /// Rows may be in use that cannot be reached.
    OutOfReach,
}

/// That this replica suspended the use of caches.
#[derive(Debug, Clone, Copy)]
struct Suspension {
    epoch: Uuid,
    /// Since then nobody can have looked up that the epoch is in use.
    since: Instant,
    /// Until then nobody begins another.
    until: Instant,
}

impl SharedCache {
    /// Rows that `rows` keeps while an epoch of `epochs` lets them be used. Nothing is, until
    /// [`Self::keep_watch`] runs.
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

    /// Looks the epoch up again and again, and begins and suspends epochs as servers come and go. Never ends.
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
            // The server was started again, or another took its place: what it holds may be old.
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

    /// The epoch that is in use at this moment.
    fn usable(&self) -> Option<Uuid> {
        self.sight().map(|(epoch, _)| epoch)
    }

    /// The same where rows may be read: changes that began before it may not have ended, and are not fenced.
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

    /// What a change that begins now has to reckon with.
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
                // Others may not have looked yet.
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

    /// Returns once a change that was stored before the call is not hidden by any cached row.
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

    /// Returns once no replica uses any cache, and at the earliest when none that did can do so any more. Answers
    /// the epoch that is suspended.
    async fn suspend(&self) -> Result<Uuid, StoreError> {
        let mut suspension = self.suspension.lock().await;
        let sent = Instant::now();
        let current = match *suspension {
            Some(known) if sent + HOLD / 2 < known.until => known,
            known => {
                let epoch = self.epochs.suspend().await?;
                // Beginning an epoch names it anew: under the same name none was begun in between.
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
            // What was true when the server answered is what counts, not when it was asked.
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
        // Where it cannot be put there, the claim fades away.
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

    /// An epoch that began since does not know of the change. No row is read in it before [`WARM_UP`] is over.
    async fn extend_change(&self, lease: Lease) -> Lease {
        let Some(epoch) = self.usable() else {
            return lease;
        };
        if lease.epoch == epoch && lease.token != UNFENCED {
            return lease;
        }
        let user_id = lease.user_id;
        let place = Place { epoch, user_id };
        // Where the fence cannot be put there, it is tried again.
        let fenced = self.rows.fence(place, self.token()).await;
        fenced.map_or(lease, |token| Lease {
            user_id,
            epoch,
            token,
        })
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
