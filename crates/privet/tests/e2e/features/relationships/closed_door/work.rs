//! The work of the database does not tell a block from a closed account: each answer takes as many calls of the same
//! kinds. The statements within a call are compared on each store, without HTTP.

use std::collections::BTreeMap;

use super::everything::{ask, questions};
use crate::support::acting::{block, close_everything, set};
use crate::support::{Client, Database, Server, metrics};

on_both_stores![the_work_of_the_database_does_not_tell_a_block_from_a_closed_account];

/// The counters of calls by pool, and of requests by statement.
const COUNTERS: [&str; 2] = [
    "privet_database_call_duration_seconds_count{",
    "privet_database_batched_requests_total{",
];
/// Pools that no request about users uses.
const OTHER_POOLS: [&str; 4] = [
    r#"pool="cache_epoch""#,
    r#"pool="feed""#,
    r#"pool="health""#,
    r#"pool="trial""#,
];

/// Values of counters, by series.
type Counts = BTreeMap<String, f64>;

fn is_counted(series: &str) -> bool {
    let is_counter = COUNTERS.iter().any(|name| series.starts_with(name));
    is_counter && !OTHER_POOLS.iter().any(|pool| series.contains(pool))
}

async fn counts(server: &Server) -> Counts {
    let text = metrics::text(server).await;
    let series = text.lines().filter_map(|line| line.rsplit_once(' '));
    let counted = series.filter(|(series, _)| is_counted(series));
    counted
        .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
        .collect()
}

/// The counters that were increased, and by how much.
fn increases(before: &Counts, after: &Counts) -> Counts {
    let increase = |(series, value): (&String, &f64)| {
        let before = before.get(series).copied().unwrap_or_default();
        (series.clone(), value - before)
    };
    let all = after.iter().map(increase);
    all.filter(|(_, increase)| *increase > 0.0).collect()
}

/// The work for each question that a viewer can ask about an owner.
async fn work(server: &Server, viewer: &Client, owner: &Client) -> Vec<(String, Counts)> {
    let mut work = Vec::new();
    let mut before = counts(server).await;
    for question in questions(viewer.id(), owner.id()) {
        let (method, path, _) = &question;
        let name = format!("{method} {path}").replace(&owner.id().to_string(), "OWNER");
        ask(viewer, question).await;
        let after = counts(server).await;
        work.push((name, increases(&before, &after)));
        before = after;
    }
    work
}

async fn the_work_of_the_database_does_not_tell_a_block_from_a_closed_account(database: Database) {
    let server = Server::start(&database).await;
    let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
    close_everything(&closed).await;
    set(&blocking, "isPrivate", false).await;
    block(&blocking, &alice).await;
    // Fills the caches.
    work(&server, &alice, &closed).await;
    // A cached row of the viewer may expire, and a periodic job may call the database, but not each time at the same
    // question.
    let mut suspects: Option<Vec<String>> = None;
    let mut told = Vec::new();
    for _ in 0..5 {
        let of_closed = work(&server, &alice, &closed).await;
        let of_blocking = work(&server, &alice, &blocking).await;
        assert_eq!(of_closed.len(), of_blocking.len());
        assert!(of_closed.iter().any(|(_, work)| !work.is_empty()));
        let pairs = of_closed.into_iter().zip(of_blocking);
        let differences: Vec<_> = pairs.filter(|(one, other)| one != other).collect();
        let differ = |question: &String| differences.iter().any(|((it, _), _)| it == question);
        let left: Vec<String> = match suspects.take() {
            Some(before) => before.into_iter().filter(differ).collect(),
            None => differences.iter().map(|((it, _), _)| it.clone()).collect(),
        };
        if left.is_empty() {
            return;
        }
        suspects = Some(left);
        told.push(differences);
    }
    panic!("{suspects:#?} of {told:#?}");
}
