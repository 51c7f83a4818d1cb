//! A decision is never stale: asked for after a change's answer it shows the change, whoever asks and
//! however many do. The control, which puts a stale copy in between, shows that the test can see.
//! `PRIVET_STALENESS_SECONDS` says for how long; `make soak` takes a minute.

mod changes;
mod sources;

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, LocalSet};

use crate::support::{Backend, Database, Server, for_good};

use changes::{Pair, everything};
use sources::{Source, Way};

in_every_setup![no_decision_is_older_than_a_change_acknowledged_before_it_was_asked_for];

// The copies are the test's own.
on_both_stores![a_stale_copy_of_decisions_would_be_noticed];

/// How many change and ask at once, each with users of their own.
const CLIENTS: usize = 32;

/// How long a run takes, unless the environment says.
const SECONDS: u64 = 5;

/// Longer than most changes take, shorter than the whole of a run.
const AGE_OF_COPIES: Duration = Duration::from_secs(1);

fn duration() -> Duration {
    let seconds = std::env::var("PRIVET_STALENESS_SECONDS").ok();
    Duration::from_secs(seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap()))
}

async fn no_decision_is_older_than_a_change_acknowledged_before_it_was_asked_for(
    database: Database,
) {
    let server = Rc::new(Server::start(&database).await);
    let report = run(&server, &server, duration(), Source::fresh).await;
    report.assert_nothing_stale();
}

async fn a_stale_copy_of_decisions_would_be_noticed(database: Database) {
    let server = Rc::new(Server::start(&database).await);
    let copied = |server: &Server| Source::copied(server, AGE_OF_COPIES);
    let mut report = Report::default();
    // Where much else is done, copies may be too old before they are asked for again.
    for _ in 0..10 {
        let more = run(&server, &server, Duration::from_secs(2), copied).await;
        report = report.and(more);
        // Not only through one of the ways to ask.
        if Way::ALL.into_iter().all(|way| report.has_stale(way)) {
            return;
        }
    }
    panic!("{} answers, stale: {:?}", report.answers, report.stale);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_decision_of_another_replica_is_older_than_an_acknowledged_change() {
    let database = Database::fresh(Backend::Postgres).await;
    let changed = Rc::new(Server::start(&database).await);
    let asked = Rc::new(Server::start(&database).await);
    let report = run(&changed, &asked, duration(), Source::fresh).await;
    report.assert_nothing_stale();
}

/// What came of a run.
#[derive(Default)]
struct Report {
    answers: usize,
    stale: Vec<String>,
}

impl Report {
    fn and(mut self, other: Self) -> Self {
        self.answers += other.answers;
        self.stale.extend(other.stale);
        self
    }

    fn has_stale(&self, way: Way) -> bool {
        let way = format!("{way:?}: ");
        self.stale.iter().any(|stale| stale.starts_with(&way))
    }

    fn assert_nothing_stale(&self) {
        let Self { answers, stale } = self;
        for_good(|| assert!(stale.is_empty(), "{} of {answers}: {stale:#?}", stale.len()));
        assert!(
            *answers >= 10 * CLIENTS,
            "only {answers}: nothing was shown"
        );
    }
}

/// Has every client change what its own users set, and ask right after each answer, until time is up.
/// Changes go to one server, questions to the other, which may be the same.
async fn run(
    changed: &Rc<Server>,
    asked: &Rc<Server>,
    duration: Duration,
    source: impl Fn(&Server) -> Source,
) -> Report {
    let until = Instant::now() + duration;
    let mut clients = JoinSet::new();
    // In one thread: a server that was started here cannot be shared with others.
    let here = LocalSet::new();
    for number in 0..CLIENTS {
        let (changed, asked) = (Rc::clone(changed), Rc::clone(asked));
        let source = source(&asked);
        let client = async move {
            let mut report = Report::default();
            let mut round = number;
            while Instant::now() < until {
                change_everything(&changed, &asked, &source, round, until, &mut report).await;
                round += 1;
            }
            report
        };
        clients.spawn_local_on(client, &here);
    }
    let reports = here.run_until(clients.join_all()).await;
    reports.into_iter().fold(Report::default(), Report::and)
}

/// One round with new users: every change, each followed by a question in one of the three ways.
async fn change_everything(
    changed: &Server,
    asked: &Server,
    source: &Source,
    round: usize,
    until: Instant,
    report: &mut Report,
) {
    let pair = Pair::prepare(changed).await;
    let viewer = asked.user(pair.viewer.id());
    for (index, steps) in everything().into_iter().enumerate() {
        let way = Way::ALL[(round + index) % Way::ALL.len()];
        for step in steps {
            if Instant::now() >= until {
                return;
            }
            step.make(&pair).await;
            let (action, allowed, reason) = step.expected();
            let told = source.ask(way, &viewer, pair.subject.id(), action).await;
            report.answers += 1;
            if !told.is(allowed, reason) {
                let message = format!("{way:?}: after {step:?}, {action} was {told:?}");
                report.stale.push(message);
            }
        }
    }
}
