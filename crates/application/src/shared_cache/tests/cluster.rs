//! Replicas with a shared cache and store, both in memory, and their possible faults.

use std::collections::HashMap;
use std::sync::Mutex as SyncMutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use privet_domain::settings::revision::Revision;
use privet_domain::{AccountId, Timestamp};

use super::*;
use crate::shared_cache::epoch::CacheServer;
use crate::shared_cache::rows::Unreachable;

pub(super) const USER: UserId = UserId::from_uuid(Uuid::from_u128(1));
/// Long enough for an epoch to begin, if one can.
pub(super) const A_WHILE: Duration = Duration::from_secs(3);

/// The content of a place, as in `lua/*.lua` of the Redis adapter.
#[derive(Clone)]
enum Value {
    Row(Arc<User>),
    Claim(u64),
    Fence { name: u64, changes: u32, ever: u32 },
}

/// The cache server of all replicas.
#[derive(Default)]
pub(super) struct Server {
    values: SyncMutex<HashMap<(Uuid, UserId), Value>>,
    run: AtomicU64,
}

impl Server {
    pub fn restart_with_old_data(&self) {
        self.run.fetch_add(1, Ordering::SeqCst);
    }

    pub fn evict_everything(&self) {
        self.values.lock().unwrap().clear();
    }
}

/// The connection of one replica to the server.
pub(super) struct Way {
    server: Arc<Server>,
    is_cut: AtomicBool,
    id: AtomicU64,
}

impl Way {
    pub fn cut(&self, cut: bool) {
        self.is_cut.store(cut, Ordering::SeqCst);
    }

    fn at<T>(
        &self,
        row_key: RowKey,
        work: impl FnOnce(&mut Option<Value>) -> T,
    ) -> Result<T, Unreachable> {
        if self.is_cut.load(Ordering::SeqCst) {
            return Err(Unreachable);
        }
        let mut values = self.server.values.lock().unwrap();
        let key = (row_key.epoch, row_key.user_id);
        let mut value = values.remove(&key);
        let answer = work(&mut value);
        values.extend(value.map(|value| (key, value)));
        Ok(answer)
    }
}

impl IdSource for Way {
    fn new_id(&self) -> Uuid {
        Uuid::from_u64_pair(1, self.id.fetch_add(1, Ordering::SeqCst))
    }
}

#[async_trait]
impl SharedRows for Way {
    fn server(&self) -> Option<CacheServer> {
        let run = self.server.run.load(Ordering::SeqCst);
        let is_cut = self.is_cut.load(Ordering::SeqCst);
        (!is_cut).then(|| CacheServer::new(&format!("run {run}")))
    }

    async fn read(&self, row_key: RowKey) -> Result<Kept, Unreachable> {
        self.at(row_key, |value| match value {
            Some(Value::Row(row)) => Kept::Row(Arc::clone(row)),
            Some(_) => Kept::Taken,
            None => Kept::Nothing,
        })
    }

    async fn claim(&self, row_key: RowKey, claim: u64) -> Result<bool, Unreachable> {
        self.at(row_key, |value| {
            let is_free = value.is_none();
            value.get_or_insert(Value::Claim(claim));
            is_free
        })
    }

    async fn fill(&self, row_key: RowKey, claim: u64, row: &User) -> Result<(), Unreachable> {
        self.at(row_key, |value| {
            if matches!(value, Some(Value::Claim(there)) if *there == claim) {
                *value = Some(Value::Row(Arc::new(row.clone())));
            }
        })
    }

    async fn fence(&self, row_key: RowKey, fence: u64) -> Result<u64, Unreachable> {
        self.at(row_key, |value| {
            let (name, changes, ever) = match value {
                Some(Value::Fence {
                    name,
                    changes,
                    ever,
                }) => (*name, *changes, *ever),
                _ => (fence, 0, 0),
            };
            *value = Some(Value::Fence {
                name,
                changes: changes + 1,
                ever: ever + 1,
            });
            name
        })
    }

    async fn lift(
        &self,
        row_key: RowKey,
        fence: u64,
        row: Option<&User>,
    ) -> Result<(), Unreachable> {
        self.at(row_key, |value| {
            *value = match (value.take(), row) {
                (
                    Some(Value::Fence {
                        name,
                        changes,
                        ever,
                    }),
                    row,
                ) if name == fence => match (changes, ever, row) {
                    (1, 1, Some(row)) => Some(Value::Row(Arc::new(row.clone()))),
                    (1, _, _) => None,
                    _ => Some(Value::Fence {
                        name,
                        changes: changes - 1,
                        ever,
                    }),
                },
                (
                    Some(Value::Fence {
                        name,
                        changes,
                        ever,
                    }),
                    _,
                ) => Some(Value::Fence {
                    name,
                    changes,
                    ever: ever + 1,
                }),
                (Some(Value::Row(there)), Some(row)) if there.revision >= row.revision => {
                    Some(Value::Row(there))
                }
                _ => None,
            };
        })
    }
}

/// The epoch of all replicas, and whether a commit waits.
pub(super) struct Epochs(SyncMutex<CacheEpoch>, AtomicBool);

impl Epochs {
    pub fn let_a_commit_wait(&self, waits: bool) {
        self.1.store(waits, Ordering::SeqCst);
    }
}

#[async_trait]
impl CacheEpochStore for Epochs {
    async fn current(&self) -> Result<CacheEpoch, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn suspend(&self) -> Result<CacheEpoch, StoreError> {
        let mut epoch = self.0.lock().unwrap();
        epoch.server = None;
        epoch.suspensions += 1;
        Ok(epoch.clone())
    }

    async fn begin(
        &self,
        suspended: &CacheEpoch,
        id: Uuid,
        server: &CacheServer,
    ) -> Result<CacheEpoch, StoreError> {
        let mut epoch = self.0.lock().unwrap();
        if *epoch == *suspended {
            epoch.id = id;
            epoch.server = Some(server.clone());
        }
        Ok(epoch.clone())
    }

    async fn commit_waits(&self) -> Result<bool, StoreError> {
        Ok(self.1.load(Ordering::SeqCst))
    }
}

/// A replica: its cache, its connection to the server, and the common store.
pub(super) struct Replica {
    pub cache: Arc<SharedCache>,
    pub way: Arc<Way>,
    pub store: Arc<SyncMutex<User>>,
    pub watch: tokio::task::JoinHandle<()>,
}

impl Replica {
    /// The revision that a read returns. Fills the cache like `Settings`.
    pub async fn read(&self) -> i64 {
        let stored = || Arc::new(self.store.lock().unwrap().clone());
        match self.cache.get(USER).await {
            Cached::Row(row) => row.revision.get(),
            Cached::Nothing(Some(lease)) => {
                let row = stored();
                self.cache.fill(lease, Arc::clone(&row)).await;
                row.revision.get()
            }
            Cached::Nothing(None) | Cached::Unreachable => stored().revision.get(),
        }
    }

    pub async fn is_cached(&self) -> bool {
        matches!(self.cache.get(USER).await, Cached::Row(_))
    }

    /// Stores the next revision like `Settings`; returns it with the duration.
    pub async fn change(&self) -> (i64, Duration) {
        let begun = Instant::now();
        let lease = self.cache.begin_change(USER).await.unwrap();
        let row = self.store_and_end(lease).await;
        (row.revision.get(), begun.elapsed())
    }

    /// Stores the next revision for a change that has begun, and ends the change.
    pub async fn store_and_end(&self, lease: Lease) -> User {
        let row = self.store_next();
        let left = Some(Arc::new(row.clone()));
        self.cache.end_change(lease, left).await.unwrap();
        row
    }

    pub fn store_next(&self) -> User {
        let mut row = self.store.lock().unwrap();
        row.revision = Revision::new(row.revision.get() + 1).unwrap();
        row.clone()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

/// Two replicas, before the first epoch.
pub(super) fn cluster() -> (Replica, Replica, Arc<Server>, Arc<Epochs>) {
    let ([one, other], server, epochs) = cluster_of();
    (one, other, server, epochs)
}

pub(super) fn cluster_of<const N: usize>() -> ([Replica; N], Arc<Server>, Arc<Epochs>) {
    let server = Arc::new(Server::default());
    let epoch = CacheEpoch {
        id: Uuid::from_u128(99),
        server: None,
        suspensions: 0,
    };
    let epochs = Arc::new(Epochs(SyncMutex::new(epoch), AtomicBool::new(false)));
    let time = Timestamp::from_micros(0).unwrap();
    let row = User::first_seen(USER, AccountId::from_uuid(Uuid::from_u128(2)), time);
    let store = Arc::new(SyncMutex::new(row));
    let replicas = std::array::from_fn(|number| {
        let way = Arc::new(Way {
            server: Arc::clone(&server),
            is_cut: AtomicBool::new(false),
            id: AtomicU64::new((number as u64 + 1) << 32),
        });
        let rows = Arc::clone(&way) as Arc<dyn SharedRows>;
        let epochs = Arc::clone(&epochs) as Arc<dyn CacheEpochStore>;
        let cache = Arc::new(SharedCache::new(rows, epochs, Arc::clone(&way) as _));
        let watched = Arc::clone(&cache);
        Replica {
            cache,
            way,
            store: Arc::clone(&store),
            watch: tokio::spawn(async move { watched.watch_epoch().await }),
        }
    });
    (replicas, server, epochs)
}

/// The same with the row cached.
pub(super) async fn warm_cluster() -> (Replica, Replica, Arc<Server>, Arc<Epochs>) {
    let (one, other, server, epochs) = cluster();
    time::sleep(A_WHILE).await;
    one.read().await;
    assert!(one.is_cached().await && other.is_cached().await);
    (one, other, server, epochs)
}
