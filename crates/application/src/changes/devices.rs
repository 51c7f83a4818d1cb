//! The streams of users' devices on this replica: who waits, and for what kinds of changes they were woken.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use privet_domain::UserId;
use privet_domain::changes::{ChangeKind, ChangeKinds, ChangedUser};
use tokio::sync::Notify;

/// The maximum number of streams of a user on a replica.
pub const MOST_STREAMS: usize = 10;

/// The user has [`MOST_STREAMS`] streams on this replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the user has too many streams")]
pub struct TooManyStreams;

/// All streams by user. There is an entry only for users with streams, so memory is bounded by these.
#[derive(Default)]
pub(super) struct Devices(Mutex<HashMap<UserId, Vec<Arc<Device>>>>);

/// What a stream has not told yet.
#[derive(Default)]
pub(super) struct Device {
    kinds: AtomicU16,
    told: Notify,
}

/// A stream until it is dropped.
pub(super) struct Registration {
    devices: Arc<Devices>,
    user_id: UserId,
    device: Arc<Device>,
}

impl Devices {
    /// Tells the streams of the user, or all streams, that something of these kinds changed.
    pub fn tell(&self, user: ChangedUser, kinds: ChangeKinds) {
        let devices = self.lock();
        match user {
            ChangedUser::One(user_id) => {
                for device in devices.get(&user_id).into_iter().flatten() {
                    device.tell(kinds);
                }
            }
            ChangedUser::All => {
                for device in devices.values().flatten() {
                    device.tell(kinds);
                }
            }
        }
    }

    /// Tells all streams that any of the user's settings may be others now.
    pub fn tell_all_anew(&self) {
        let kinds = ChangeKinds::of([ChangeKind::Catalogue]);
        self.tell(ChangedUser::All, kinds);
    }

    /// The number of streams.
    pub fn count(&self) -> usize {
        self.lock().values().map(Vec::len).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Vec<Arc<Device>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device {
    fn tell(&self, kinds: ChangeKinds) {
        self.kinds.fetch_or(kinds.to_stored(), Ordering::AcqRel);
        self.told.notify_one();
    }
}

impl Registration {
    /// Another stream of the user; changes are kept for it from now on.
    pub fn new(devices: Arc<Devices>, user_id: UserId) -> Result<Self, TooManyStreams> {
        let device = Arc::<Device>::default();
        {
            let mut by_user = devices.lock();
            let of_user = by_user.entry(user_id).or_default();
            if of_user.len() >= MOST_STREAMS {
                return Err(TooManyStreams);
            }
            of_user.push(Arc::clone(&device));
        }
        Ok(Self {
            devices,
            user_id,
            device,
        })
    }

    /// The kinds of changes since the last call; none if there were none.
    pub fn take(&self) -> ChangeKinds {
        ChangeKinds::from_stored(self.device.kinds.swap(0, Ordering::AcqRel))
    }

    /// Waits until there may be changes.
    pub async fn wait(&self) {
        self.device.told.notified().await;
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut devices = self.devices.lock();
        let Some(of_user) = devices.get_mut(&self.user_id) else {
            return;
        };
        of_user.retain(|device| !Arc::ptr_eq(device, &self.device));
        if of_user.is_empty() {
            devices.remove(&self.user_id);
        }
    }
}
