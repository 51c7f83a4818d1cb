//! Changes that go on when nobody waits for them any more: PostgreSQL does not learn soon that a connection is
//! gone, nor that a request was given up. Nobody is shown anything old because of them, and nobody is held up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::{RECOVERED, TIMEOUT};
use crate::support::acting::follow;
use crate::support::asking::with_scope;
use crate::support::settings::Settings;
use crate::support::shapes::assert_503;
use crate::support::sql::Session;
use crate::support::{Answer, Client, Database, Proxy, Server, Setup};

const EMAIL: Settings = Settings::EmailContact;
const ME: &str = "/api/v1/users/me";
/// Longer than the cache takes to be in use again after the database was away.
const A_WHILE: Duration = Duration::from_secs(2);

/// Returns once somebody waits for this session.
async fn wait_until_somebody_waits(session: &mut Session) {
    let waiting = "(SELECT count(*) FROM pg_locks
        WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))";
    while session.number(waiting) == 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

/// What is shown as soon as the database can be asked.
async fn shown(client: &Client) -> bool {
    EMAIL.value(&eventually(async || client.get(EMAIL.path()).await).await)
}

/// Asks until the answer is a success.
async fn eventually(ask: impl AsyncFn() -> Answer) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status == 200 {
            return answer;
        }
        assert!(begun.elapsed() < RECOVERED, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_outlives_its_connection_is_shown_once_it_is_made() {
    outlive_the_connection(A_WHILE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_began_before_the_cache_was_in_use_is_shown_once_it_is_made() {
    outlive_the_connection(Duration::ZERO).await;
}

/// Begins the change so long after the start.
async fn outlive_the_connection(after_start: Duration) {
    let database = Database::fresh(Setup::PostgresRedis).await;
    let proxy = Proxy::before(&database).await;
    let server = Server::start_with(&database, &[("DATABASE_URL", proxy.url())]).await;
    let alice = server.new_user();
    assert!(shown(&alice).await);
    sleep(after_start).await;
    let mut gate = Session::on(&database);
    // A lock of the whole table would be waited for while the statement is prepared.
    gate.execute("BEGIN; SELECT FROM users FOR UPDATE");
    let change = tokio::spawn(EMAIL.switch(&alice, false).send());
    wait_until_somebody_waits(&mut gate).await;
    proxy.cut();
    assert_503(&change.await.unwrap(), EMAIL.path());
    proxy.open();
    let begun = Instant::now();
    while begun.elapsed() < A_WHILE {
        // Whoever reads now could leave this in the cache.
        assert!(shown(&alice).await);
    }
    gate.execute("COMMIT");
    while gate.number("(SELECT count(*) FROM users WHERE choices = '{}')") == 1 {
        sleep(Duration::from_millis(5)).await;
    }
    assert!(!shown(&alice).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_of_rows_that_are_held_is_answered_in_time_and_holds_up_nobody() {
    let database = Database::fresh(Setup::PostgresRedis).await;
    let server = Server::start_with(&database, &[TIMEOUT]).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    follow(&alice, &bob).await;
    let mut gate = Session::on(&database);
    gate.execute("BEGIN; SELECT FROM follows FOR UPDATE");
    let service = with_scope(&server, "users:erase");
    let path = format!("/api/v1/users/{}", alice.id());
    for answer in [alice.delete(ME).await, service.delete(&path).await] {
        assert_eq!(answer.status, 202, "{answer}");
        assert_eq!(answer.json(), json!({"status": "deleting"}));
        assert_eq!(alice.get(EMAIL.path()).await.status, 401);
    }
    for on in [false, true, false] {
        eventually(async || EMAIL.switch(&bob, on).send().await).await;
        assert_eq!(shown(&server.user(bob.id())).await, on);
    }
    gate.execute("COMMIT");
    eventually(async || service.delete(&path).await).await;
    let tombstone = BTreeMap::from([("erased_users".to_owned(), 1)]);
    assert_eq!(gate.rows_naming(alice.id()), tombstone);
}
