//! Every acknowledged change is told after every cursor that was handed out before it, whatever becomes of Redis, of
//! replicas and of connections. Writers change through three replicas, followers read by cursor and by stream, services
//! keep decisions until they are told to forget them, and `check` looks for changes that were passed over and for decisions
//! that were kept for too long. The controls are found out: a follower by the numbers of the table alone, and a service that
//! forgets nothing. `PRIVET_FEED_SECONDS` says for how long; `make soak` takes ten minutes.

mod caches;
mod check;
mod followers;
mod writers;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;
use uuid::Uuid;

use super::consistency::clients::World;
use super::consistency::cluster::{Cluster, Fault};
use crate::support::sql::Session;
use crate::support::{Backend, Database, Server, for_good};

use caches::{Caches, USERS};
use check::Record;
use followers::Followers;
use writers::Writers;

/// How long a run takes, unless the environment says.
const SECONDS: u64 = 10;
/// The time from one fault to the next.
const PAUSE: Duration = Duration::from_millis(700);
/// How long a fault lasts.
const FAULT: Duration = Duration::from_millis(400);
/// After this time everything is told.
const TOLD: Duration = Duration::from_secs(3);

fn duration() -> Duration {
    let seconds = std::env::var("PRIVET_FEED_SECONDS").ok();
    Duration::from_secs(seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap()))
}

/// Everything that goes wrong, in this order and then again. A replica that stands still between a commit and its
/// acknowledgement is not among them: others cannot wait for it.
fn faults(round: usize) -> [Fault; 6] {
    let [first, second, third] = [0, 1, 2].map(|number| (round + number) % 3);
    [
        Fault::CutOff(first),
        Fault::ReplicaKilled(second),
        Fault::RedisRestarted,
        Fault::Silence(third),
        Fault::RedisPaused,
        Fault::RedisAway,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_change_is_told_after_every_cursor_before_it() {
    let mut cluster = Cluster::start().await;
    let world = Arc::new(World::new(cluster.ports()));
    let followers = Followers::start(&world).await;
    let writers = Writers::start(&world);
    let services = Caches::start(&world, true);
    let until = Instant::now() + duration();
    let mut suffered = 0;
    for fault in (0..).flat_map(faults) {
        sleep(PAUSE).await;
        if Instant::now() >= until {
            break;
        }
        cluster.suffer(fault, FAULT, &world).await;
        suffered += 1;
    }
    let acknowledged = writers.stop().await;
    let cached = services.stop().await;
    sleep(TOLD).await;
    let record = Record {
        acknowledged,
        followed: followers.stop().await,
        cached,
    };
    println!("{}; {suffered} faults", record.summary());
    let wrong = record.violations();
    if let Some(first) = wrong.first() {
        for_good(|| panic!("{} violations, such as: {first}", wrong.len()));
    }
    assert!(record.acknowledged.len() > 50, "nothing was shown");
    assert!(record.forgotten() > USERS / 2, "nothing was kept");
}

/// The control: a service that keeps its answers whatever it is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_forgets_nothing_is_found_out() {
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start(&database).await;
    let world = Arc::new(World::new([port(&server); 3]));
    let record = Record {
        cached: Caches::start(&world, false).stop().await,
        ..Record::default()
    };
    let found = record.violations().len();
    println!("{found} decisions were kept for too long");
    assert!(found > USERS / 2, "the control would not be noticed");
}

/// The control: a reader that goes by the numbers of the table, in whose order changes do not become visible.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_by_number_alone_passes_changes_over() {
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start(&database).await;
    let world = Arc::new(World::new([port(&server); 3]));
    let writers = Writers::start(&world);
    let mut session = Session::on(&database);
    let reading = tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        let mut told: Vec<Uuid> = Vec::new();
        let mut last = 0_i64;
        while begun.elapsed() < Duration::from_secs(5) {
            let rows = session.texts(&format!(
                "SELECT number || ' ' || user_id AS text FROM changes WHERE number > {last} ORDER BY number"
            ));
            for row in rows {
                let (number, user) = row.split_once(' ').unwrap();
                last = number.parse().unwrap();
                told.push(user.parse().unwrap());
            }
        }
        let all = session.texts("SELECT user_id::text AS text FROM changes ORDER BY number");
        let all = all.into_iter().map(|user| user.parse::<Uuid>().unwrap());
        let all: Vec<_> = all.collect();
        (told, all)
    });
    let (told, all) = reading.await.unwrap();
    writers.stop().await;
    let position = all.iter().position(|user| Some(user) == told.last());
    let seen = &all[..position.map_or(0, |position| position + 1)];
    let known: HashSet<_> = told.iter().collect();
    let passed = seen.iter().filter(|user| !known.contains(user)).count();
    println!("{passed} of {} changes were passed over", seen.len());
    assert!(passed > 0, "the control would not be noticed");
}

fn port(server: &Server) -> u16 {
    let (_, port) = server.authority().rsplit_once(':').unwrap();
    port.parse().unwrap()
}
