//! Random sequences of events: each read shows all changes that were acknowledged before it began.

use proptest::prelude::*;
use proptest::sample::select;

use super::cluster::{Replica, Server, cluster_of};
use super::*;

const REPLICAS: usize = 3;

/// An event on one of the replicas, or on the shared parts.
#[derive(Debug, Clone, Copy)]
enum Event {
    Read(usize),
    /// A read that pauses between the store's answer and the cache, and continues.
    BeginRead(usize),
    EndRead(usize),
    /// The three steps of a change. An erasure has no compare-and-set and leaves no row.
    Begin(usize),
    BeginErasing(usize),
    Store(usize),
    End(usize),
    CutOff(usize),
    Reconnect(usize),
    EvictEverything,
    RestartWithOldData,
    Sleep(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let replica = || 0..REPLICAS;
    prop_oneof![
        4 => replica().prop_map(Event::Read),
        1 => replica().prop_map(Event::BeginRead),
        1 => replica().prop_map(Event::EndRead),
        3 => replica().prop_map(Event::Begin),
        1 => replica().prop_map(Event::BeginErasing),
        3 => replica().prop_map(Event::Store),
        3 => replica().prop_map(Event::End),
        1 => replica().prop_map(Event::CutOff),
        1 => replica().prop_map(Event::Reconnect),
        1 => Just(Event::EvictEverything),
        1 => Just(Event::RestartWithOldData),
        3 => select(vec![1, 20, 60, 110, 900, 1_500, 4_000]).prop_map(Event::Sleep),
    ]
}

/// The operations in progress of a replica.
#[derive(Default)]
struct UnderWay {
    reading: Option<(Lease, Arc<User>)>,
    /// With the row that it expects, unless it erases.
    change: Option<(Lease, Option<User>)>,
    stored: Option<User>,
}

struct History {
    replicas: [Replica; REPLICAS],
    under_way: [UnderWay; REPLICAS],
    server: Arc<Server>,
    /// The newest acknowledged revision.
    acknowledged: i64,
}

impl History {
    async fn begin() -> Self {
        let (replicas, server, _) = cluster_of();
        time::sleep(A_WHILE).await;
        Self {
            replicas,
            under_way: Default::default(),
            server,
            acknowledged: 1,
        }
    }

    async fn happens(&mut self, event: Event) -> Result<(), TestCaseError> {
        match event {
            Event::Read(at) => {
                let revision = self.replicas[at].read().await;
                prop_assert!(revision >= self.acknowledged, "{at} read {revision}");
            }
            Event::BeginRead(at) => {
                if let Cached::Nothing(Some(lease)) = self.replicas[at].cache.get(USER).await {
                    let row = self.replicas[at].store.lock().unwrap().clone();
                    self.under_way[at].reading = Some((lease, Arc::new(row)));
                }
            }
            Event::EndRead(at) => {
                if let Some((lease, row)) = self.under_way[at].reading.take() {
                    self.replicas[at].cache.fill(lease, row).await;
                }
            }
            Event::Begin(at) => {
                let row = self.replicas[at].store.lock().unwrap().clone();
                self.begin_change(at, Some(row)).await;
            }
            Event::BeginErasing(at) => self.begin_change(at, None).await,
            Event::Store(at) => self.store(at),
            Event::End(at) => self.end_change(at).await,
            Event::CutOff(at) => self.replicas[at].way.cut(true),
            Event::Reconnect(at) => self.replicas[at].way.cut(false),
            Event::EvictEverything => self.server.evict_everything(),
            Event::RestartWithOldData => self.server.restart_with_old_data(),
            Event::Sleep(milliseconds) => time::sleep(Duration::from_millis(milliseconds)).await,
        }
        Ok(())
    }

    async fn begin_change(&mut self, at: usize, expected: Option<User>) {
        if self.under_way[at].change.is_none() {
            let lease = self.replicas[at].cache.begin_change(USER).await.unwrap();
            self.under_way[at].change = Some((lease, expected));
        }
    }

    /// Compare-and-set, or an erasure, as in the store.
    fn store(&mut self, at: usize) {
        let (replica, under_way) = (&self.replicas[at], &mut self.under_way[at]);
        if let (Some((_, expected)), None) = (&under_way.change, &under_way.stored) {
            let stored = replica.store.lock().unwrap().clone();
            let is_unchanged = expected.as_ref().is_none_or(|row| stored == *row);
            under_way.stored = is_unchanged.then(|| replica.store_next());
        }
    }

    async fn end_change(&mut self, at: usize) {
        let under_way = &mut self.under_way[at];
        if let Some((lease, expected)) = under_way.change.take() {
            let row = under_way.stored.take();
            let revision = row.as_ref().map(|row| row.revision.get());
            let row = row.filter(|_| expected.is_some());
            let cache = &self.replicas[at].cache;
            cache.end_change(lease, row.map(Arc::new)).await.unwrap();
            self.acknowledged = self.acknowledged.max(revision.unwrap_or_default());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_read_is_older_than_what_was_acknowledged_before(events in prop::collection::vec(event(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut history = History::begin().await;
            for event in events {
                history.happens(event).await?;
            }
            for at in 0..REPLICAS {
                history.happens(Event::Read(at)).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
