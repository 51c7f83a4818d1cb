//! No read and no decision is older than what was acknowledged or seen before it was asked for, whatever
//! becomes of Redis and of replicas. Clients change and read through three replicas and keep a record of it,
//! and `check` looks for contradictions. The control, a replica that is kept from learning what protects
//! readers, shows that it finds some. `PRIVET_CONSISTENCY_SECONDS` says for how long; `make soak` takes ten
//! minutes. With `PRIVET_CONSISTENCY_DATABASE_FAILS`, somebody makes nodes of the database fail meanwhile, and
//! answers of 503 are expected.

mod check;
pub mod clients;
pub mod cluster;
mod connection;
mod history;
mod values;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::support::for_good;

use check::{Violation, violations};
use clients::{Clients, Dice, World};
use cluster::{Cluster, Fault};
use history::{Operation, Outcome, Time};

/// How long a run takes, unless the environment says.
const SECONDS: u64 = 10;
/// How long a fault lasts at most, and the time after the cache is used again until the next, in milliseconds.
const LONGEST_FAULT: usize = 2_000;
const LONGEST_PAUSE: usize = 3_000;
/// How many contradictions are shown.
const SHOWN: usize = 5;

/// Everything that goes wrong, in this order and then again. What happens to one replica happens to each.
fn faults(round: usize) -> [Fault; 10] {
    let [first, second, third] = [0, 1, 2].map(|number| (round + number) % 3);
    [
        Fault::CutOff(first),
        Fault::RedisRestarted,
        Fault::CutOff(second),
        Fault::ReplicaKilled(third),
        Fault::OldData,
        Fault::ReplicaPaused(second),
        Fault::Silence(first),
        Fault::RedisPaused,
        Fault::CutOff(third),
        Fault::RedisAway,
    ]
}

fn duration() -> Duration {
    let seconds = std::env::var("PRIVET_CONSISTENCY_SECONDS").ok();
    Duration::from_secs(seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_older_than_what_was_acknowledged_whatever_fails() {
    let run = Run::start(Cluster::start().await);
    let until = Instant::now() + duration();
    let run = run.suffer_until(until).await;
    run.end().await.assert_consistent();
}

/// The control: the same clients, with the one fault that the protection is for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_does_not_learn_what_the_others_do_would_be_noticed() {
    let mut operations = 0;
    // Where much else is done, little is read from the cache.
    for seconds in 1..10 {
        let run = Run::start(Cluster::start_without_protection().await);
        let record = run.with_a_replica_cut_off_for(seconds).await.end().await;
        operations += record.history.len();
        let found = violations(&record.history).len();
        if found > 0 {
            println!("{found} of {operations} operations were wrong");
            return;
        }
    }
    panic!("nothing was found in {operations} operations");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_cut_off_from_redis_is_no_reason_for_anybody_to_see_something_old() {
    let run = Run::start(Cluster::start().await);
    let run = run.with_a_replica_cut_off_for(1).await;
    run.end().await.assert_consistent();
}

/// Clients at work on a cluster.
struct Run {
    cluster: Cluster,
    world: Arc<World>,
    clients: Clients,
    faults: Vec<(Time, Fault)>,
}

/// What they did, and what went wrong meanwhile.
struct Record {
    history: Vec<Operation>,
    faults: Vec<(Time, Fault)>,
    hits: u64,
}

impl Run {
    fn start(cluster: Cluster) -> Self {
        let world = Arc::new(World::new(cluster.ports()));
        Self {
            clients: Clients::start(&world),
            cluster,
            world,
            faults: Vec::new(),
        }
    }

    /// Has one thing after the other go wrong, most of them while the cache is used.
    async fn suffer_until(mut self, until: Instant) -> Self {
        let mut dice = Dice::of(0);
        // Short runs are no copies of each other.
        let first = Dice::by_chance().below(faults(0).len());
        // In a short run shorter, so that there are more of them.
        let shorter = if duration() < Duration::from_mins(1) {
            4
        } else {
            1
        };
        let mut at_most =
            |longest: usize| Duration::from_millis(dice.below(longest / shorter) as u64);
        for fault in (0..).flat_map(faults).skip(first) {
            let (pause, length) = (at_most(LONGEST_PAUSE), at_most(LONGEST_FAULT));
            if pause.as_millis() % 4 > 0 {
                self.cluster.wait_until_the_cache_is_used().await;
                self.cluster.keep_data();
            }
            sleep(pause).await;
            if Instant::now() + length >= until {
                break;
            }
            self.suffer(fault, length).await;
        }
        self
    }

    async fn suffer(&mut self, fault: Fault, length: Duration) {
        self.faults.push((self.world.now(), fault));
        self.cluster.suffer(fault, length, &self.world).await;
    }

    async fn with_a_replica_cut_off_for(mut self, seconds: u64) -> Self {
        sleep(Duration::from_millis(500)).await;
        self.suffer(Fault::CutOff(0), Duration::from_secs(seconds))
            .await;
        self
    }

    async fn end(self) -> Record {
        let hits = self.cluster.hits().await;
        Record {
            history: self.clients.stop().await,
            faults: self.faults,
            hits,
        }
    }
}

impl Record {
    fn assert_consistent(&self) {
        let found = violations(&self.history);
        println!("{}", self.summary());
        if let Some(first) = found.first() {
            let shown: Vec<_> = found.iter().take(SHOWN).map(Violation::to_string).collect();
            let around = self.around(first);
            let (found, shown) = (found.len(), shown.join("\n"));
            for_good(|| panic!("{found} contradictions:\n{shown}\n{around}"));
        }
        assert!(self.history.len() > 100, "nothing was shown");
        assert!(self.hits > 0, "the cache was not used");
    }

    fn summary(&self) -> String {
        let of = |is: fn(&Outcome) -> bool| {
            let outcomes = self.history.iter().map(|operation| &operation.outcome);
            outcomes.filter(|outcome| is(outcome)).count()
        };
        format!(
            "{} operations: {} reads, {} decisions, {} changes, {} changes without an answer; \
             {} reads from the cache; {} faults",
            self.history.len(),
            of(|outcome| matches!(outcome, Outcome::Read { .. })),
            of(|outcome| matches!(outcome, Outcome::Decided { .. })),
            of(|outcome| matches!(outcome, Outcome::Changed { .. })),
            of(|outcome| matches!(outcome, Outcome::MayChange { .. })),
            self.hits,
            self.faults.len(),
        )
    }

    /// What happened to the same user shortly before and after, and what went wrong before.
    fn around(&self, violation: &Violation) -> String {
        let (user, begun) = (violation.operation.user, violation.operation.begun);
        let near = |operation: &&Operation| {
            operation.user == user && operation.begun.abs_diff(begun) < 200_000_000
        };
        let mut near: Vec<_> = self.history.iter().filter(near).collect();
        near.sort_by_key(|operation| operation.begun);
        let near: Vec<_> = near.iter().map(ToString::to_string).collect();
        let faults = self.faults.iter().filter(|(time, _)| *time <= begun);
        let faults: Vec<_> = faults.map(|(time, fault)| (time / 1_000, fault)).collect();
        let last = faults.len().saturating_sub(SHOWN);
        format!("{}\nfaults, in µs: {:?}", near.join("\n"), &faults[last..])
    }
}
