//! How long a request waits, and what the background task does, with a store that only counts.

use std::sync::Mutex;

use tokio::task::JoinHandle;
use uuid::Uuid;

use super::*;

/// The duration of a batch.
const COST: Duration = Duration::from_millis(20);

/// A user with this number of rows left.
struct CountingStore {
    rows: Mutex<u32>,
    /// A batch with more rows takes too long.
    most: u32,
    /// The maximum number of rows of each batch.
    batches: Mutex<Vec<u32>>,
}

impl CountingStore {
    fn new(rows: u32, most: u32) -> Arc<Self> {
        Arc::new(Self {
            rows: Mutex::new(rows),
            most,
            batches: Mutex::new(Vec::new()),
        })
    }

    fn left(&self) -> u32 {
        *self.rows.lock().unwrap()
    }
}

fn user_id() -> UserId {
    UserId::from_uuid(Uuid::from_u128(1))
}

#[async_trait]
impl ErasureStore for CountingStore {
    async fn begin_erasure(&self, _: UserId, _: Timestamp, _: u32) -> Result<Progress, StoreError> {
        unreachable!("erasures are under way here")
    }

    async fn continue_erasure(&self, _: UserId, most: u32) -> Result<Progress, StoreError> {
        sleep(COST).await;
        self.batches.lock().unwrap().push(most);
        if most > self.most {
            return Err(StoreError::unavailable("too slow"));
        }
        let mut rows = self.rows.lock().unwrap();
        *rows = rows.saturating_sub(most);
        Ok(if *rows == 0 {
            Progress::Finished
        } else {
            Progress::RowsLeft
        })
    }

    async fn erasures_under_way(&self, _: u32) -> Result<Vec<UserId>, StoreError> {
        let under_way = (self.left() > 0).then(user_id);
        Ok(under_way.into_iter().collect())
    }
}

#[async_trait]
impl TombstoneStore for CountingStore {
    async fn is_erased(&self, _: UserId) -> Result<bool, StoreError> {
        Ok(true)
    }
}

fn erasures(store: &Arc<CountingStore>) -> Erasures {
    Erasures::new(Arc::clone(store) as _, 5 * COST)
}

fn in_background(erasures: &Erasures) -> JoinHandle<()> {
    let erasures = erasures.clone();
    tokio::spawn(async move { erasures.finish_all_forever().await })
}

async fn asked(erasures: &Erasures) -> ErasureStatus {
    let deadline = Instant::now() + erasures.request_timeout;
    erasures.finish_until(deadline, user_id()).await
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_the_end_where_that_is_near() {
    let store = CountingStore::new(2_000, LARGEST_BATCH);
    assert_eq!(asked(&erasures(&store)).await, ErasureStatus::Deleted);
    assert_eq!(store.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_no_longer_than_its_time_and_asking_again_goes_on() {
    let store = CountingStore::new(12_000, LARGEST_BATCH);
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
    let store = CountingStore::new(12_000, LARGEST_BATCH);
    let erasures = erasures(&store);
    *store.rows.lock().unwrap() = 0;
    let background = in_background(&erasures);
    sleep(COST).await;
    *store.rows.lock().unwrap() = 12_000;
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
    let store = CountingStore::new(0, LARGEST_BATCH);
    let erasures = erasures(&store);
    let background = in_background(&erasures);
    sleep(COST).await;
    *store.rows.lock().unwrap() = 2_000;
    sleep(LOOK_EVERY + 10 * COST).await;
    assert_eq!(store.left(), 0);
    background.abort();
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_too_slow_for_a_batch_gets_smaller_ones() {
    let store = CountingStore::new(1_000, 50);
    let erasures = erasures(&store);
    erasures.finish_all().await;
    assert_eq!(store.left(), 0);
    let batches = store.batches.lock().unwrap().clone();
    assert_eq!(batches[..3], [BATCH, BATCH / 2, BATCH / 4]);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_asked_again_later() {
    let store = CountingStore::new(1_000, 0);
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
