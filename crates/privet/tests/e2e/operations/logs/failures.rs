//! Log lines of requests that fail: their cause, and their limited number during an outage.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::{JSON, SETTINGS, events};
use crate::support::sql::Session;
use crate::support::{Backend, Client, Database, Proxy, Server};

/// The number of failures of one kind that are logged one by one, and the time.
const LINES: usize = 5;
const WINDOW: Duration = Duration::from_secs(10);

async fn behind_a_proxy(variables: &[(&str, &str)]) -> (Database, Proxy, Server) {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    let all = [&[("DATABASE_URL", proxy.url())], variables].concat();
    let server = Server::start_with(&database, &all).await;
    (database, proxy, server)
}

async fn ask(client: &Client, id: &str) -> u16 {
    let request = client.request(reqwest::Method::GET, SETTINGS);
    request.header("X-Request-Id", id).send().await.status
}

fn told<'a>(events: &'a [Value], message: &str) -> Vec<&'a Value> {
    let is_told = |event: &&Value| event["message"].as_str().unwrap().starts_with(message);
    events.iter().filter(is_told).collect()
}

#[tokio::test]
async fn the_cause_of_a_500_stands_beside_its_request_id() {
    let mut server = Server::on_sqlite(&[JSON]).await;
    let alice = server.new_user();
    let mut session = Session::on(server.database());
    session.execute("ALTER TABLE users RENAME TO elsewhere");
    assert_eq!(ask(&alice, "find-this-500").await, 500);
    server.wait_for_logs("find-this-500", 2).await;
    let events = events(&server);
    let causes = told(&events, "a request failed");
    assert_eq!(causes.len(), 1, "{causes:?}");
    let cause = causes[0];
    assert_eq!(cause["request.id"], "find-this-500");
    assert_eq!(cause["level"], "ERROR");
    assert_eq!(cause["error.type"], "internal");
    assert_eq!(cause["http.request.method"], "GET");
    assert_eq!(cause["http.route"], SETTINGS);
    let message = cause["exception.message"].as_str().unwrap();
    assert!(message.contains("users"), "{cause}");
    let answers = told(&events, "answered a request");
    let answer = answers
        .iter()
        .find(|event| event["request.id"] == "find-this-500");
    assert_eq!(answer.unwrap()["error.type"], "internal");
}

#[tokio::test]
async fn during_an_outage_a_few_failures_are_logged_and_the_others_counted() {
    let (_database, proxy, mut server) = behind_a_proxy(&[JSON]).await;
    let alice = server.new_user();
    assert_eq!(ask(&alice, "before").await, 200);
    proxy.cut();
    let asked = 30;
    for number in 0..asked {
        assert_eq!(ask(&alice, &format!("away-{number}")).await, 503);
    }
    server.wait_for_logs("answered a request", asked + 1).await;
    let all = events(&server);
    let causes = told(&all, "a request was refused: database unreachable");
    let ids: Vec<_> = causes
        .iter()
        .map(|event| event["request.id"].clone())
        .collect();
    let first: Vec<Value> = (0..LINES)
        .map(|number| format!("away-{number}").into())
        .collect();
    // On a slow machine they take longer, and more are logged.
    assert!(ids.len() < asked && ids.starts_with(&first), "{ids:?}");
    for cause in causes {
        assert_eq!(cause["level"], "WARN");
        assert_eq!(cause["error.type"], "unreachable");
        let message = cause["exception.message"].as_str().unwrap();
        assert!(!message.contains('\n'), "{message}");
    }
    let answered = told(&all, "answered a request");
    let refused = answered
        .iter()
        .filter(|event| event["error.type"] == "unreachable");
    assert_eq!(refused.count(), asked);

    proxy.open();
    sleep(WINDOW).await;
    while ask(&alice, "after").await != 200 {}
    server
        .wait_for_log("further requests were refused: database unreachable")
        .await;
    let all = events(&server);
    let counted = all.iter().filter_map(|event| event["suppressed"].as_u64());
    let causes = told(&all, "a request was refused").len();
    let refused = told(&all, "answered a request")
        .iter()
        .filter(|event| event["http.response.status_code"] == 503)
        .count();
    assert_eq!(
        usize::try_from(counted.sum::<u64>()).unwrap() + causes,
        refused
    );
}

#[tokio::test]
async fn no_error_breaks_a_line() {
    let (_database, proxy, mut server) = behind_a_proxy(&[]).await;
    let alice = server.new_user();
    assert_eq!(ask(&alice, "before").await, 200);
    proxy.cut();
    assert_eq!(ask(&alice, "one-line").await, 503);
    server.wait_for_logs("one-line", 2).await;
    for line in server.log() {
        // Each begins with its time.
        assert!(line.starts_with("20"), "{line}");
    }
}

#[tokio::test]
async fn causes_differ_in_words() {
    let timeout = ("PRIVET_DATABASE_TIMEOUT_MS", "1000");
    let (database, proxy, mut server) = behind_a_proxy(&[timeout]).await;
    let alice = server.new_user();
    assert_eq!(ask(&alice, "before").await, 200);
    proxy.hold();
    assert_eq!(ask(&alice, "timeout").await, 503);
    server
        .wait_for_log("a request was refused: database timeout")
        .await;
    proxy.cut();
    assert_eq!(ask(&alice, "unreachable").await, 503);
    server
        .wait_for_log("a request was refused: database unreachable")
        .await;

    let mut session = Session::on(&database);
    session.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', \
         current_database()); END $$",
    );
    proxy.open();
    let change = serde_json::json!({"setting": "show_last_seen", "value": false});
    while alice.put(SETTINGS, change.clone()).await.status == 200 {
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    }
    server
        .wait_for_log("a request was refused: database read-only")
        .await;
}

#[tokio::test]
async fn a_locked_file_is_busy() {
    let mut server = Server::on_sqlite(&[("PRIVET_DATABASE_TIMEOUT_MS", "1000")]).await;
    let alice = server.new_user();
    assert_eq!(ask(&alice, "before").await, 200);
    let mut session = Session::on(server.database());
    session.execute("BEGIN IMMEDIATE");
    let change = serde_json::json!({"setting": "show_last_seen", "value": false});
    assert_eq!(alice.put(SETTINGS, change).await.status, 503);
    let line = server
        .wait_for_log("a request was refused: database ")
        .await;
    let is_either = line.contains("database busy") || line.contains("database timeout");
    assert!(is_either, "{line}");
}

#[tokio::test]
async fn health_checks_log_an_outage_once() {
    let (_database, proxy, mut server) = behind_a_proxy(&[]).await;
    let nobody = server.anonymous();
    assert_eq!(nobody.get("/health/ready").await.status, 200);
    proxy.cut();
    // The health state may be half a second old.
    while nobody.get("/health/ready").await.status != 503 {}
    for _ in 0..3 {
        sleep(Duration::from_millis(600)).await;
        assert_eq!(nobody.get("/health/ready").await.status, 503);
    }
    proxy.open();
    while nobody.get("/health/ready").await.status != 200 {}
    let line = server.wait_for_log("a dependency is back").await;
    assert!(line.contains("suppressed="), "{line}");
    let log = server.log();
    let told = log
        .iter()
        .filter(|line| line.contains("a dependency is away"));
    assert_eq!(told.count(), 1, "{log:?}");
}

#[tokio::test]
async fn health_checks_are_told_at_debug_only() {
    for (filter, is_told) in [("info", false), ("info,privet_http=debug", true)] {
        let mut server = Server::on_sqlite(&[("PRIVET_LOG", filter)]).await;
        for path in ["/health/live", "/health/ready"] {
            assert_eq!(server.anonymous().get(path).await.status, 200);
        }
        assert_eq!(ask(&server.new_user(), "the-last-one").await, 200);
        server.wait_for_log("the-last-one").await;
        let log = server.log();
        let found = log.iter().filter(|line| line.contains("/health/"));
        assert_eq!(found.count() == 2, is_told, "{log:?}");
    }
}
