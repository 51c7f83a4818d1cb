//! Sixty-four clients at work while the database stalls, becomes slow, goes away and comes back: every answer is
//! what was asked for or a 503 within the bound, nobody hangs, all succeed again within five seconds, and what was
//! acknowledged is there. `PRIVET_LOAD_FAULTS_CYCLES` says how often; `make soak` takes ten.

mod clients;

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::support::{Backend, Database, Proxy, Server};

use clients::{Answered, Clients, Pulse};

/// How many clients there are; four of them share each user.
pub const CLIENTS: usize = 64;

/// How long a call of the database is waited for.
const TIMEOUT: Duration = Duration::from_secs(1);
/// By when a request is refused. It makes two calls as a rule, and a machine that does much else adds to it.
const REFUSED_IN_TIME: Duration = Duration::from_secs(2 + 1);
/// By when every request is answered: a change that loses races makes more calls.
const IN_TIME: Duration = Duration::from_secs(10);
/// By when all clients succeed again.
const RECOVERED: Duration = Duration::from_secs(5);
/// How long each fault lasts.
const LENGTH: Duration = Duration::from_secs(3);
/// How long `/health/live` may take, whatever the database does.
const ALIVE: Duration = Duration::from_secs(1);

/// What becomes of the wire to the database.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Connections stand, and nothing passes.
    Stalled,
    /// A round trip takes a tenth of what is waited for.
    Slow,
    /// A round trip takes longer than what is waited for.
    TooSlow,
    /// Connections are closed, and new ones at once.
    Cut,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Stalled, Self::Slow, Self::TooSlow, Self::Cut];

    fn strike(self, proxy: &Proxy) {
        match self {
            Self::Stalled => proxy.hold(),
            Self::Slow => proxy.slow(TIMEOUT / 20),
            Self::TooSlow => proxy.slow(TIMEOUT),
            Self::Cut => proxy.cut(),
        }
    }

    /// Whether nobody can be served meanwhile.
    const fn is_total(self) -> bool {
        matches!(self, Self::Stalled | Self::TooSlow | Self::Cut)
    }
}

fn cycles() -> usize {
    let cycles = std::env::var("PRIVET_LOAD_FAULTS_CYCLES").ok();
    cycles.map_or(1, |cycles| cycles.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_database_does_under_load_is_503_in_time_and_over_in_five_seconds() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    let timeout = TIMEOUT.as_millis().to_string();
    let variables = [
        ("DATABASE_URL", proxy.url()),
        ("PRIVET_DATABASE_TIMEOUT_MS", &timeout),
        ("PRIVET_DATABASE_POOL", "8"),
        ("PRIVET_LOG", "warn,privet=info"),
    ];
    let server = Server::start_with(&database, &variables).await;
    let clients = Clients::start(&server);
    let pulse = Pulse::of(&server);
    clients.wait_until_all_succeed().await;
    for cycle in 0..cycles() {
        for fault in Fault::ALL {
            let begun = Instant::now();
            fault.strike(&proxy);
            sleep(LENGTH).await;
            proxy.open();
            let (ended, recovered) = (Instant::now(), clients.wait_until_all_succeed().await);
            // Those who were refused just before are not counted against the time after.
            sleep(Duration::from_millis(500)).await;
            let during = clients.answered_between(begun, ended);
            println!("cycle {cycle}, {fault:?}: {during}; all well again after {recovered:?}");
            assert!(recovered < RECOVERED, "{recovered:?} after {fault:?}");
            let slowest = during.slowest_refusal;
            assert!(slowest < REFUSED_IN_TIME, "{slowest:?} in {fault:?}");
            assert!(
                !fault.is_total() || during.unavailable > 0,
                "{fault:?} was not noticed"
            );
        }
    }
    let slowest_pulse = pulse.stop().await;
    println!("/health/live took {slowest_pulse:?} at most");
    assert!(slowest_pulse < ALIVE, "{slowest_pulse:?}");
    let (answered, users) = clients.stop().await;
    println!("all in all: {answered}");
    assert_in_time(&answered);
    let mut kept = 0;
    for user in &users {
        kept += user.assert_nothing_is_lost(&server).await;
    }
    let acknowledged: usize = users.iter().map(|sent| sent.acknowledged()).sum();
    println!(
        "{acknowledged} changes acknowledged, {kept} on record, none lost, none by half, none twice"
    );
    assert!(
        acknowledged > CLIENTS,
        "only {acknowledged}: nothing was shown"
    );
}

fn assert_in_time(answered: &Answered) {
    assert!(answered.slowest < IN_TIME, "{answered}");
    assert!(
        answered.succeeded > answered.unavailable / 100,
        "{answered}"
    );
}
