//! How long a request waits, and what the background does, with a store of which each batch takes time.

use std::sync::Mutex;

use privet_domain::Pair;
use tokio::task::JoinHandle;

use super::*;
use crate::accounts::receipts::StoredReceipt;
use crate::fakes::{FakeClock, FakeStore, at, user};
use crate::relationships::contacts::ContactStore;

/// What a batch costs.
const COST: Duration = Duration::from_millis(20);

/// A store whose batches take time. Of one user, rows are left.
struct SlowStore {
    store: FakeStore,
    /// A batch of more rows than this takes too long.
    most: u32,
    /// How many rows each batch was allowed.
    batches: Mutex<Vec<u32>>,
}

impl SlowStore {
    /// A store with so many rows of a user whose erasure is under way.
    async fn new(rows: u32, most: u32) -> Arc<Self> {
        let store = Arc::new(Self {
            store: FakeStore::default(),
            most,
            batches: Mutex::default(),
        });
        if rows > 0 {
            store.leave(rows).await;
        }
        store
    }

    /// Begins to erase a user of so many rows.
    async fn leave(&self, rows: u32) {
        for number in 0..u128::from(rows) {
            let pair = Pair::new(user(1), user(1_000 + number)).unwrap();
            self.store.add_contact(pair, at(0)).await.unwrap();
        }
        let start = ErasureStart {
            user_id: user(1),
            at: at(0),
            now: at(0),
            most: 0,
            has_receipt: false,
        };
        self.store.begin_erasure(start).await.unwrap();
    }

    fn left(&self) -> usize {
        self.store.rows_of(user(1))
    }
}

#[async_trait]
impl ErasureStore for SlowStore {
    async fn begin_erasure(&self, start: ErasureStart) -> Result<Progress, StoreError> {
        self.store.begin_erasure(start).await
    }

    async fn continue_erasure(
        &self,
        user_id: UserId,
        now: Timestamp,
        most: u32,
    ) -> Result<Progress, StoreError> {
        sleep(COST).await;
        self.batches.lock().unwrap().push(most);
        if most > self.most {
            return Err(StoreError::unavailable("too slow"));
        }
        self.store.continue_erasure(user_id, now, most).await
    }

    async fn erasures_under_way(&self, most: u32) -> Result<Vec<UserId>, StoreError> {
        self.store.erasures_under_way(most).await
    }
}

#[async_trait]
impl ReceiptStore for SlowStore {
    async fn find_receipt(&self, user_id: UserId) -> Result<Option<StoredReceipt>, StoreError> {
        self.store.find_receipt(user_id).await
    }

    async fn keep_receipt(
        &self,
        user_id: UserId,
        signed: &str,
    ) -> Result<Option<String>, StoreError> {
        self.store.keep_receipt(user_id, signed).await
    }
}

#[async_trait]
impl TombstoneStore for SlowStore {
    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.store.is_erased(user_id).await
    }
}

fn erasures(store: &Arc<SlowStore>) -> Erasures {
    let clock = Arc::<FakeClock>::default();
    Erasures::new(Arc::clone(store) as _, clock, 5 * COST)
}

fn in_background(erasures: &Erasures) -> JoinHandle<()> {
    let erasures = erasures.clone();
    tokio::spawn(async move { erasures.finish_all_forever().await })
}

async fn asked(erasures: &Erasures) -> ErasureStatus {
    let deadline = Instant::now() + erasures.request_timeout;
    erasures.finish_until(deadline, user(1)).await
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_the_end_where_that_is_near() {
    let store = SlowStore::new(2_000, LARGEST_BATCH).await;
    assert_eq!(asked(&erasures(&store)).await, ErasureStatus::Deleted);
    assert_eq!(store.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_no_longer_than_its_time_and_asking_again_goes_on() {
    let store = SlowStore::new(12_000, LARGEST_BATCH).await;
    let erasures = erasures(&store);
    let begun = Instant::now();
    assert_eq!(asked(&erasures).await, ErasureStatus::Deleting);
    assert_eq!(begun.elapsed(), 5 * COST);
    let left = store.left();
    assert!(0 < left && left < 12_000, "{left}");
    assert_eq!(asked(&erasures).await, ErasureStatus::Deleting);
    assert!(store.left() < left);
    while asked(&erasures).await == ErasureStatus::Deleting {}
    assert_eq!(store.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_request_leaves_behind_is_finished_at_once() {
    let store = SlowStore::new(0, LARGEST_BATCH).await;
    let erasures = erasures(&store);
    let background = in_background(&erasures);
    sleep(COST).await;
    store.leave(12_000).await;
    let begun = Instant::now();
    drop(LeaveBehind(&erasures.left_behind));
    while store.left() > 0 {
        sleep(COST).await;
    }
    assert!(begun.elapsed() < LOOK_EVERY, "{:?}", begun.elapsed());
    background.abort();
}

#[tokio::test(start_paused = true)]
async fn what_an_ended_process_left_behind_is_found() {
    let store = SlowStore::new(0, LARGEST_BATCH).await;
    let erasures = erasures(&store);
    let background = in_background(&erasures);
    sleep(COST).await;
    store.leave(2_000).await;
    sleep(LOOK_EVERY + 10 * COST).await;
    assert_eq!(store.left(), 0);
    background.abort();
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_too_slow_for_a_batch_gets_smaller_ones() {
    let store = SlowStore::new(1_000, 50).await;
    let erasures = erasures(&store);
    erasures.finish_all().await;
    assert_eq!(store.left(), 0);
    let batches = store.batches.lock().unwrap().clone();
    assert_eq!(batches[..3], [BATCH, BATCH / 2, BATCH / 4]);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_asked_again_later() {
    let store = SlowStore::new(1_000, 0).await;
    let erasures = erasures(&store);
    assert_eq!(asked(&erasures).await, ErasureStatus::Deleting);
    erasures.finish_all().await;
    let batches = store.batches.lock().unwrap().clone();
    assert_eq!(batches.last(), Some(&SMALLEST_RETRY));
    assert_eq!(store.left(), 1_000);
}

#[test]
fn batches_shrink_where_they_take_long_and_grow_where_they_do_not() {
    let quick = Duration::ZERO;
    assert_eq!(next_batch_size(200, true, quick), 400);
    assert_eq!(next_batch_size(LARGEST_BATCH, true, quick), LARGEST_BATCH);
    assert_eq!(next_batch_size(200, true, BATCH_TIME), 200);
    let long = 2 * BATCH_TIME;
    assert_eq!(next_batch_size(800, true, long), 400);
    assert_eq!(next_batch_size(300, true, long), SMALLEST_BATCH);
    assert_eq!(next_batch_size(SMALLEST_BATCH, true, long), SMALLEST_BATCH);
    assert_eq!(next_batch_size(50, true, long), 50);
    assert_eq!(next_batch_size(200, false, quick), 100);
    let least = next_batch_size(SMALLEST_RETRY, false, quick);
    assert_eq!(least, SMALLEST_RETRY);
}
