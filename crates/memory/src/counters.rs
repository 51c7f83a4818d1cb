//! Where the counters of a limit are: one for each user while there is room, and past that one for each of
//! many groups, so that a flood of users costs a bounded amount of memory and nobody gets past their limit.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{InMemoryState, NotKeyed, StateStore};
use privet_domain::UserId;

/// How many users have a counter of their own. Each takes some 60 bytes.
pub const MOST_USERS: usize = 262_144;
/// In how many groups the others are counted. Each takes 8 bytes.
const GROUPS: usize = 65_536;
/// How often it is looked whether there is room; by as many users the table may outgrow its bound. To look
/// takes a lock of every part of the table.
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
    /// Counters of their own for about so many users.
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

    /// Looks whether there is room for another user.
    fn look(&self) {
        let is_full = self.users.len() >= self.most_users;
        let was_full = self.is_full.swap(is_full, Ordering::Relaxed);
        if is_full && !was_full {
            tracing::warn!(
                users = self.most_users,
                "more users than that are counted: further ones share their rate limits in groups"
            );
        }
    }

    /// Counts a user with a counter of their own. A new one begins with what their group has used up, which may
    /// have been theirs: a group would else be the way to a second quota.
    fn count_alone<T, F, E>(&self, user: &UserId, count: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.users.measure_and_replace(user, |own| {
            let known = own.or_else(|| level(self.group(user)));
            count(known)
        })
    }

    /// Where a user without a counter of their own is counted. The same for every request of theirs; who
    /// else is there cannot be foretold.
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

/// What is used up.
fn level(counter: &InMemoryState) -> Option<Nanos> {
    // Whoever does not count gets to see where the counter stands, and leaves it there.
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
