//! The settings cache of a single process. It is exact: it never returns a row older than the store's.

use std::array;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use privet_application::StoreError;
use privet_application::settings::cache::{Cached, Lease, SettingsCache};
use privet_domain::UserId;
use privet_domain::settings::user::User;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Weighter};
use uuid::Uuid;

use crate::weight::{SHARE, weight_of};

/// The number of stripes that count changes of rows. A change of one user prevents fills for all users of the same
/// stripe.
const STRIPES: usize = 1_024;

/// Cached rows. They are valid for a limited time. Above the capacity, rows are evicted.
pub struct MemorySettingsCache {
    rows: Cache<UserId, Kept, Weight>,
    lifetime: Duration,
    hasher: RandomState,
    stripes: [Mutex<Stripe>; STRIPES],
}

/// A row, and when it was cached. After its lifetime it is not used, and stays until it is replaced or evicted. The
/// capacity limits the memory, so that no cleanup is needed.
#[derive(Clone)]
struct Kept {
    row: Arc<User>,
    since: Instant,
}

/// Weighs a cached row by its size in memory.
#[derive(Clone)]
struct Weight;

impl Weighter<UserId, Kept> for Weight {
    fn weight(&self, _: &UserId, kept: &Kept) -> u64 {
        weight_of(&kept.row)
    }
}

/// The changes of the rows in one stripe.
#[derive(Default)]
struct Stripe {
    /// Grows when a change begins or ends.
    epoch: u64,
    /// The number of changes in progress.
    under_way: u32,
}

impl MemorySettingsCache {
    /// Caches at most `capacity` rows, and fewer of users with many choices: rows are weighed by their size in memory.
    /// Each row is valid for at most `lifetime`.
    #[must_use]
    pub fn new(lifetime: Duration, capacity: usize) -> Self {
        let bytes = (capacity * SHARE) as u64;
        let hasher = DefaultHashBuilder::default();
        let lifecycle = DefaultLifecycle::default();
        Self {
            rows: Cache::with(capacity, bytes, Weight, hasher, lifecycle),
            lifetime,
            hasher: RandomState::new(),
            stripes: array::from_fn(|_| Mutex::default()),
        }
    }

    /// The number of cached rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "the remainder is below the array's length"
    )]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any bits of the hash will do"
    )]
    fn stripe(&self, user_id: UserId) -> MutexGuard<'_, Stripe> {
        let hash = self.hasher.hash_one(user_id) as usize;
        self.stripes[hash % STRIPES]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, user_id: UserId, row: Arc<User>) {
        let since = Instant::now();
        self.rows.insert(user_id, Kept { row, since });
    }
}

#[async_trait]
impl SettingsCache for MemorySettingsCache {
    async fn get(&self, user_id: UserId) -> Cached {
        match self.rows.get(&user_id) {
            Some(kept) if kept.since.elapsed() < self.lifetime => Cached::Row(kept.row),
            _ => {
                let epoch = self.stripe(user_id).epoch;
                Cached::Nothing(Some(lease(user_id, epoch)))
            }
        }
    }

    async fn fill(&self, lease: Lease, row: Arc<User>) {
        let stripe = self.stripe(lease.user_id);
        if stripe.epoch == lease.token && stripe.under_way == 0 {
            self.keep(lease.user_id, row);
        }
    }

    async fn begin_change(&self, user_id: UserId) -> Result<Lease, StoreError> {
        let mut stripe = self.stripe(user_id);
        stripe.epoch += 1;
        stripe.under_way += 1;
        self.rows.remove(&user_id);
        Ok(lease(user_id, stripe.epoch))
    }

    /// Nothing to extend: the stripe accepts no row until the change ends.
    async fn extend_change(&self, lease: Lease) -> Lease {
        lease
    }

    async fn end_change(&self, lease: Lease, row: Option<Arc<User>>) -> Result<(), StoreError> {
        let mut stripe = self.stripe(lease.user_id);
        let undisturbed = stripe.epoch == lease.token;
        stripe.epoch += 1;
        stripe.under_way = stripe.under_way.saturating_sub(1);
        if let Some(row) = row.filter(|_| undisturbed && stripe.under_way == 0) {
            self.keep(lease.user_id, row);
        }
        Ok(())
    }
}

/// This cache has only one epoch, the nil UUID. The token is the epoch of the stripe.
fn lease(user_id: UserId, token: u64) -> Lease {
    Lease {
        user_id,
        epoch: Uuid::nil(),
        token,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use privet_domain::catalogue::Choices;
    use privet_domain::{AccountId, Timestamp};
    use serde_json::json;

    const USER: UserId = UserId::from_uuid(Uuid::from_u128(1));

    fn cache() -> MemorySettingsCache {
        MemorySettingsCache::new(Duration::from_mins(1), 100)
    }

    fn row(seconds: i64) -> Arc<User> {
        let time = Timestamp::from_micros(seconds * 1_000_000).unwrap();
        Arc::new(User::first_seen(
            USER,
            AccountId::from_uuid(Uuid::from_u128(2)),
            time,
        ))
    }

    async fn lease(cache: &MemorySettingsCache) -> Lease {
        match cache.get(USER).await {
            Cached::Nothing(Some(lease)) => lease,
            other => panic!("{other:?}"),
        }
    }

    async fn cached(cache: &MemorySettingsCache) -> Option<Arc<User>> {
        match cache.get(USER).await {
            Cached::Row(row) => Some(row),
            Cached::Nothing(_) | Cached::Unreachable => None,
        }
    }

    /// Caches rows of this many users, each with these choices and preferences.
    async fn fill(
        cache: &MemorySettingsCache,
        users: u128,
        choices: &Choices,
        preferences: &Choices,
    ) {
        for number in 0..users {
            let user_id = UserId::from_uuid(Uuid::from_u128(number));
            let mut user = (*row(1)).clone();
            user.choices = choices.clone();
            user.preferences = preferences.clone();
            if let Cached::Nothing(Some(lease)) = cache.get(user_id).await {
                cache.fill(lease, Arc::new(user)).await;
            }
        }
    }

    fn choices(stored: &serde_json::Value) -> Choices {
        Choices::from_stored(stored.as_object().unwrap().clone())
    }

    #[tokio::test]
    async fn a_row_filled_under_a_lease_is_served() {
        let cache = cache();
        let lease = lease(&cache).await;
        cache.fill(lease, row(1)).await;
        assert_eq!(cached(&cache).await, Some(row(1)));
    }

    #[tokio::test]
    async fn a_row_under_change_is_neither_served_nor_filled() {
        let cache = cache();
        let early = lease(&cache).await;
        cache.fill(early, row(1)).await;
        cache.begin_change(USER).await.unwrap();
        assert_eq!(cached(&cache).await, None);
        let during = lease(&cache).await;
        cache.fill(during, row(1)).await;
        assert_eq!(cached(&cache).await, None);
    }

    #[tokio::test]
    async fn a_slow_reader_cannot_put_an_old_row_behind_a_change() {
        let cache = cache();
        let slow = lease(&cache).await;
        let change = cache.begin_change(USER).await.unwrap();
        let during = lease(&cache).await;
        cache.end_change(change, Some(row(2))).await.unwrap();
        cache.rows.clear(); // evicted at once
        cache.fill(slow, row(1)).await;
        cache.fill(during, row(1)).await;
        assert_eq!(cached(&cache).await, None);
    }

    #[tokio::test]
    async fn the_row_of_a_change_is_served_after_it() {
        let cache = cache();
        let change = cache.begin_change(USER).await.unwrap();
        cache.end_change(change, Some(row(2))).await.unwrap();
        assert_eq!(cached(&cache).await, Some(row(2)));
    }

    #[tokio::test]
    async fn concurrent_changes_leave_no_row() {
        let cache = cache();
        let first = cache.begin_change(USER).await.unwrap();
        let second = cache.begin_change(USER).await.unwrap();
        cache.end_change(second, Some(row(3))).await.unwrap();
        cache.end_change(first, Some(row(2))).await.unwrap();
        assert_eq!(cached(&cache).await, None);
        let after = lease(&cache).await;
        cache.fill(after, row(3)).await;
        assert_eq!(cached(&cache).await, Some(row(3)));
    }

    #[tokio::test]
    async fn a_change_of_unknown_outcome_leaves_nothing() {
        let cache = cache();
        let early = lease(&cache).await;
        cache.fill(early, row(1)).await;
        let change = cache.begin_change(USER).await.unwrap();
        cache.end_change(change, None).await.unwrap();
        assert_eq!(cached(&cache).await, None);
    }

    #[tokio::test]
    async fn memory_is_bounded_however_long_the_preferences_are() {
        let cache = MemorySettingsCache::new(Duration::from_mins(1), 1_000);
        let long = choices(&json!({"editor.note": "x".repeat(10_000)}));
        fill(&cache, 1_000, &Choices::default(), &long).await;
        assert!(cache.rows.weight() <= 480_000, "{}", cache.rows.weight());
        assert!((1..=47).contains(&cache.rows()), "{}", cache.rows());
    }

    #[tokio::test]
    async fn rows_with_a_few_choices_fit_as_often_as_the_capacity_says() {
        let cache = MemorySettingsCache::new(Duration::from_mins(1), 100_000);
        // As much as several choices of values that the catalogue defines, which rows share.
        let few = choices(&json!({"a name": true}));
        fill(&cache, 100_000, &few, &Choices::default()).await;
        // The cache has parts of equal capacity, and some of them get a few more rows than others.
        assert!(cache.rows() > 95_000, "{}", cache.rows());
    }

    #[tokio::test]
    async fn rows_beyond_the_capacity_and_past_their_lifetime_are_dropped() {
        let small = MemorySettingsCache::new(Duration::from_mins(1), 10);
        fill(&small, 1_000, &Choices::default(), &Choices::default()).await;
        assert!(small.rows.len() <= 10);

        let brief = MemorySettingsCache::new(Duration::from_millis(20), 10);
        let lease = lease(&brief).await;
        brief.fill(lease, row(1)).await;
        tokio::time::sleep(Duration::from_millis(40)).await;
        assert_eq!(cached(&brief).await, None);
    }
}
