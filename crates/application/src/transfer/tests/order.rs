//! A list that gets full takes the first lines of the file, so the lines of one owner are made one after the other.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use privet_domain::relationships::blocks::Block;
use privet_domain::{Pair, Timestamp};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{fill, id};
use crate::StoreError;
use crate::fakes::{FakeIds, FakeStore, Services, pair};
use crate::relationships::blocks::BlockStore;
use crate::relationships::{Added, ListQuery};
use crate::transfer::import::Outcome;
use crate::transfer::{TransferService, TransferStores};

/// A store in which a block takes the longer, the smaller the number of the blocked user is.
struct SlowBlocks {
    store: Arc<FakeStore>,
    made: Mutex<Vec<Pair>>,
}

fn cost(pair: Pair) -> Duration {
    let number = pair.other().as_uuid().as_u128();
    Duration::from_millis(100 - u64::try_from(number).unwrap())
}

#[async_trait]
impl BlockStore for SlowBlocks {
    async fn import_block(
        &self,
        pair: Pair,
        blocked_at: Timestamp,
        now: Timestamp,
    ) -> Result<Added<Block>, StoreError> {
        sleep(cost(pair)).await;
        self.made.lock().unwrap().push(pair);
        self.store.import_block(pair, blocked_at, now).await
    }

    async fn remove_block(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError> {
        self.store.remove_block(pair, now).await
    }

    async fn find_block(&self, pair: Pair) -> Result<Option<Block>, StoreError> {
        self.store.find_block(pair).await
    }

    async fn list_blocks(&self, query: &ListQuery) -> Result<Vec<Block>, StoreError> {
        self.store.list_blocks(query).await
    }
}

fn with_slow_blocks() -> (Services, Arc<SlowBlocks>) {
    let mut services = Services::new();
    let store = &services.store;
    let blocks = Arc::new(SlowBlocks {
        store: Arc::clone(store),
        made: Mutex::default(),
    });
    let stores = TransferStores {
        transfer: Arc::clone(store) as _,
        contacts: Arc::clone(store) as _,
        blocks: Arc::clone(&blocks) as _,
        exceptions: Arc::clone(store) as _,
    };
    services.transfer = TransferService::new(
        stores,
        services.settings.clone(),
        services.relationships.clone(),
        services.accounts.clone(),
        Arc::clone(&services.current),
        Arc::clone(&services.clock) as _,
        Arc::new(FakeIds::default()),
    );
    (services, blocks)
}

#[tokio::test(start_paused = true)]
async fn lines_of_one_owner_are_made_in_their_order_and_those_of_others_meanwhile() {
    let (services, blocks) = with_slow_blocks();
    let pairs = [(1, 11), (2, 11), (1, 12), (1, 13), (2, 12), (2, 13)];
    let line = |(owner, other)| json!({"block": {"blocker": id(owner), "blocked": id(other)}});
    let begun = Instant::now();
    let outcomes = fill(&services, &pairs.map(line)).await;
    assert_eq!(outcomes, [const { Outcome::Created }; 6]);
    let made = blocks.made.lock().unwrap().clone();
    for owner in [1, 2] {
        let expected = [11, 12, 13].map(|other| pair(owner, other));
        let of_owner = made.iter().filter(|it| it.actor() == expected[0].actor());
        assert!(of_owner.eq(&expected), "{made:?}");
    }
    // As long as the lines of one owner.
    let of_one: Duration = [11, 12, 13].map(|other| cost(pair(1, other))).iter().sum();
    assert!(begun.elapsed() < 2 * of_one, "{:?}", begun.elapsed());
}
