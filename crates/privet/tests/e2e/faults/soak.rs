//! Everything that clients do, at once and for long, on both kinds of stores: memory stays what it was. Each user
//! lives for a while and is then erased, and some requests are none. `PRIVET_SOAK_SECONDS` says for how long; in
//! less than ten minutes nothing is learned but that this file works. `make soak` takes an hour.

mod lives;
mod memory;

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;

use crate::support::{Database, Server, Setup};

use lives::{Done, live};
use memory::Memory;

/// How many users live at a time on each server.
const USERS: usize = 12;
/// How long a run takes, unless the environment says.
const SECONDS: u64 = 24;
/// From here on a run says something about memory.
const LONG: Duration = Duration::from_mins(10);
/// How many samples of memory a run takes.
const SAMPLES: u32 = 360;

fn duration() -> Duration {
    let seconds = std::env::var("PRIVET_SOAK_SECONDS").ok();
    Duration::from_secs(seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap()))
}

/// A server, and what is known of it.
struct Soaked {
    setup: Setup,
    server: Rc<Server>,
    _database: Database,
    memory: Memory,
}

impl Soaked {
    async fn start(setup: Setup) -> Self {
        let database = Database::fresh(setup).await;
        let variables = [
            // Counted, but so that hardly anybody is refused: the tables of counters are what is looked at.
            ("PRIVET_RATE_LIMITS", "on"),
            ("PRIVET_LIMIT_GENERAL", "100000/minute"),
            ("PRIVET_LIMIT_MESSAGING_READ", "100000/minute"),
            ("PRIVET_LIMIT_MESSAGING_UPDATE", "100000/minute"),
            ("PRIVET_LIMIT_PREFERENCES_UPDATE", "100000/minute"),
            ("PRIVET_LIMIT_ACCOUNT_UPDATE", "100000/minute"),
            ("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "100000/minute"),
            // Failures come from ever other addresses.
            ("PRIVET_TRUSTED_PROXIES", "127.0.0.1"),
            ("PRIVET_LOG", "error,privet=info"),
        ];
        let server = Server::start_with(&database, &variables).await;
        Self {
            setup,
            server: Rc::new(server),
            _database: database,
            memory: Memory::default(),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_what_it_was_however_long_everything_is_done() {
    let (duration, begun) = (duration(), Instant::now());
    let until = begun + duration;
    let mut soaked = [
        Soaked::start(Setup::Sqlite).await,
        Soaked::start(Setup::PostgresRedis).await,
    ];
    let mut living = JoinSet::new();
    // In one thread: a server that was started here cannot be shared with others.
    let here = LocalSet::new();
    for soaked in &soaked {
        for number in 0..USERS {
            living.spawn_local_on(live(Rc::clone(&soaked.server), number, until), &here);
        }
    }
    let sampling = async {
        while Instant::now() < until {
            for soaked in &mut soaked {
                soaked.memory.sample(begun, &soaked.server);
            }
            sleep(duration / SAMPLES).await;
        }
    };
    let ((), done) = here
        .run_until(async { tokio::join!(sampling, living.join_all()) })
        .await;
    let done = done.into_iter().fold(Done::default(), Done::and);
    println!("{} s: {done}", duration.as_secs());
    assert!(done.lives > 0, "nobody was erased: nothing was shown");
    for soaked in &soaked {
        println!("{:?}: {}", soaked.setup, soaked.memory.summary(duration));
        soaked.memory.assert_flat(duration, duration >= LONG);
    }
}
