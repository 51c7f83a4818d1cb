//! The counters of a limit: one for each user, up to a maximum number of users, and shared ones for groups of further
//! users. So a flood of users takes a bounded amount of memory, and no user exceeds a limit.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{InMemoryState, NotKeyed, StateStore};
use privet_domain::UserId;

/// The number of users with a separate counter. Each takes about 60 bytes.
pub const MOST_USERS: usize = 262_144;
/// The number of groups for further users. Each takes 8 bytes.
const GROUPS: usize = 65_536;
/// The number of new users between two checks of the capacity, by which the table may exceed it. A check locks
/// every part of the table.
const LOOK_EVERY: usize = 1_024;

/// The counters of one limit.
pub struct Counters {
    users: DashMapStateStore<UserId>,
    groups: Box<[InMemoryState]>,
    hasher: RandomState,
    most_users: usize,
    counted: AtomicUsize,
    is_full: AtomicBool,
}

impl Counters {
    /// Counters with room for about this many users.
    pub fn new(most_users: usize) -> Self {
        Self {
            users: DashMapStateStore::default(),
            groups: (0..GROUPS).map(|_| InMemoryState::default()).collect(),
            hasher: RandomState::new(),
            most_users,
            counted: AtomicUsize::new(0),
            is_full: AtomicBool::new(false),
        }
    }

    /// Checks whether another user can have a separate counter.
    fn look(&self) {
        let is_full = self.users.len() >= self.most_users;
        let was_full = self.is_full.swap(is_full, Ordering::Relaxed);
        if is_full && !was_full {
            tracing::warn!(
                users = self.most_users,
                "too many users for separate rate limit counters: further users share counters"
            );
        }
    }

    /// Counts a user with a separate counter. A new counter starts with the usage of the user's group, otherwise
    /// the user would get a second quota.
    fn count_alone<T, F, E>(&self, user: &UserId, count: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.users.measure_and_replace(user, |own| {
            let known = own.or_else(|| level(self.group(user)));
            count(known)
        })
    }

    /// The group of a user without a separate counter. It is the same for all requests of the user, and
    /// unpredictable.
    #[expect(
        clippy::indexing_slicing,
        reason = "the remainder is below the number of groups"
    )]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any bits of the hash will do"
    )]
    fn group(&self, user: &UserId) -> &InMemoryState {
        let hash = self.hasher.hash_one(user) as usize;
        &self.groups[hash % GROUPS]
    }
}

/// The used part of the quota.
fn level(counter: &InMemoryState) -> Option<Nanos> {
    // A caller that does not count reads the state and leaves it unchanged.
    let look: Result<(), _> = counter.measure_and_replace(&NotKeyed::NonKey, Err);
    look.err().flatten()
}

impl StateStore for Counters {
    type Key = UserId;

    fn measure_and_replace<T, F, E>(&self, user: &UserId, count: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let counted = self.counted.fetch_add(1, Ordering::Relaxed);
        if counted.is_multiple_of(LOOK_EVERY) {
            self.look();
        }
        let has_room = !self.is_full.load(Ordering::Relaxed);
        if has_room || self.users.contains_key(user) {
            return self.count_alone(user, count);
        }
        self.group(user)
            .measure_and_replace(&NotKeyed::NonKey, count)
    }
}

impl ShrinkableKeyedStateStore<UserId> for Counters {
    fn retain_recent(&self, drop_below: Nanos) {
        self.users.retain_recent(drop_below);
        self.look();
    }

    fn shrink_to_fit(&self) {
        self.users.shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.users.len()
    }

    fn is_empty(&self) -> bool {
        self.users.is_empty()
    }
}
