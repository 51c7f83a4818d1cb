//! How late services are told while many clients change settings as fast as they can.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::support::changes::{changes_after, now, watcher};
use crate::support::metrics::{text, value};
use crate::support::settings::Settings;
use crate::support::{Client, Database, Server};

on_both_stores![ninety_nine_of_a_hundred_changes_are_told_within_a_second_under_load];

/// The number of clients that change at once.
const CLIENTS: usize = 64;
/// How long they do.
const LOAD: Duration = Duration::from_secs(5);

async fn ninety_nine_of_a_hundred_changes_are_told_within_a_second_under_load(database: Database) {
    let server = Server::start(&database).await;
    let watcher = watcher(&server);
    let users: Vec<_> = (0..CLIENTS).map(|_| server.new_user()).collect();
    let cursor = now(&watcher).await;
    let begun = Instant::now();
    let mut working = JoinSet::new();
    for user in users.iter().cloned() {
        working.spawn(change_until(user, begun + LOAD));
    }
    let changes: usize = working.join_all().await.into_iter().sum();
    let took = begun.elapsed();
    // What is told includes everything that was acknowledged.
    let told = changes_after(&server, &watcher, &cursor).await;
    let is_of_ours = |user: &Client| {
        told.iter()
            .any(|change| change["user_id"] == json!(user.id()))
    };
    assert!(users.iter().all(is_of_ours));
    assert!(told.len() >= changes, "{} of {changes}", told.len());
    // The last ones are counted when they are told.
    sleep(Duration::from_secs(1)).await;
    let metrics = text(&server).await;
    let counted = |series: &str| value(&metrics, series).unwrap();
    let all = counted("privet_changes_lag_seconds_count");
    let in_time = counted("privet_changes_lag_seconds_bucket{le=\"1\"}");
    println!(
        "{changes} changes in {took:?}, {} of {all} told later than 1 s",
        all - in_time
    );
    assert!(in_time >= 0.99 * all, "{in_time} of {all}");
}

/// Changes one setting back and forth. Returns how often.
async fn change_until(user: Client, until: Instant) -> usize {
    let mut changes = 0;
    while Instant::now() < until {
        let is_on = changes % 2 == 1;
        Settings::EmailContact.set(&user, is_on).await;
        changes += 1;
    }
    changes
}
