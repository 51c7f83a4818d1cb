//! Requests whose client has disconnected: their change may still be made, so they are logged and counted, and the
//! request id in the history can be found in the log.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use tokio::time::sleep;

use crate::support::metrics::{text, value};
use crate::support::sql::Session;
use crate::support::wire::{Connection, authorization, request};
use crate::support::{Backend, Client, Database, Server};

const SETTINGS: &str = "/api/v1/privacy/settings";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const VARIABLES: [(&str, &str); 2] = [
    ("PRIVET_LOG_FORMAT", "json"),
    // A long timeout: the change must wait for the test, not fail.
    ("PRIVET_DATABASE_TIMEOUT_MS", "60000"),
];

const WAITING: &str = "(SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                       WHERE datname = current_database() AND NOT granted)";

on_both_stores![a_change_whose_client_disconnects_is_logged_counted_and_in_the_history];

/// Repeats until it succeeds.
async fn wait_for<T>(what: &str, mut find: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find().await {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "never {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Makes every change wait until this session ends.
fn hold_changes(database: &Database) -> Session {
    let mut session = Session::on(database);
    session.execute(match database.backend() {
        Backend::Sqlite => "BEGIN IMMEDIATE",
        Backend::Postgres => "BEGIN; LOCK TABLE audit_log IN EXCLUSIVE MODE",
    });
    session
}

/// A change with this id, returned once it waits for that session.
async fn change_under_way(
    server: &Server,
    session: &mut Session,
    alice: &Client,
    id: &str,
) -> Connection {
    let mut connection = Connection::to(server).await;
    let fields = [
        ("Authorization", &*authorization(alice)),
        ("Content-Type", "application/json"),
        ("X-Request-Id", id),
        ("traceparent", &format!("00-{TRACE}-00f067aa0ba902b7-01")),
    ];
    let body = r#"{"setting": "show_last_seen", "value": false}"#;
    let change = request(&format!("PUT {SETTINGS}"), &fields, body);
    connection.send(change).await;
    wait_for("waiting", async || {
        let waiting = match session {
            Session::Sqlite(_) => {
                let writing = "privet_database_pool_in_use{pool=\"writer\"}";
                value(&text(server).await, writing) == Some(1.0)
            }
            Session::Postgres(_) => session.number(WAITING) == 1,
        };
        waiting.then_some(())
    })
    .await;
    connection
}

fn lines(server: &Server, id: &str) -> Vec<Value> {
    let lines = server.log();
    let events = lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok());
    events
        .filter(|event: &Value| event["request.id"] == id)
        .collect()
}

fn assert_broken_off(event: &Value) {
    let message = "a client disconnected before the answer";
    assert_eq!(event["message"], message, "{event}");
    assert_eq!(event["http.response.status_code"], 499, "{event}");
    assert_eq!(event["http.request.method"], "PUT", "{event}");
    assert_eq!(event["http.route"], SETTINGS, "{event}");
    assert_eq!(event["trace_id"], TRACE, "{event}");
    assert!(event["duration_us"].is_u64(), "{event}");
}

async fn a_change_whose_client_disconnects_is_logged_counted_and_in_the_history(
    database: Database,
) {
    let server = Server::start_with(&database, &VARIABLES).await;
    let alice = server.new_user();
    assert_eq!(alice.get(SETTINGS).await.status, 200);
    let mut session = hold_changes(&database);
    let connection = change_under_way(&server, &mut session, &alice, "order-66").await;
    connection.reset();
    let line = async || lines(&server, "order-66").into_iter().next();
    assert_broken_off(&wait_for("a line", line).await);
    session.execute("COMMIT");
    let entry = wait_for("an entry", async || {
        let page = alice.get("/api/v1/privacy/audit").await.json();
        page["entries"].get(0).cloned()
    });
    assert_eq!(entry.await["request_id"], "order-66");
    assert_eq!(lines(&server, "order-66").len(), 1);
    let text = text(&server).await;
    let of = |status: u16| format!("{{method=\"PUT\",route=\"{SETTINGS}\",status=\"{status}\"}}");
    for (status, expected) in [(499, Some(1.0)), (200, None)] {
        let series = format!("privet_http_requests_total{}", of(status));
        assert_eq!(value(&text, &series), expected, "{text}");
    }
    // The connection is lost, the server still works.
    let answer = alice.request(Method::GET, SETTINGS).send().await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn the_statement_of_a_read_whose_client_went_away_is_stopped() {
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start_with(&database, &VARIABLES).await;
    let alice = server.new_user();
    assert_eq!(alice.get(SETTINGS).await.status, 200);
    let mut session = Session::on(&database);
    session.execute("BEGIN; LOCK TABLE users");
    let mut connection = Connection::to(&server).await;
    let fields = [("Authorization", &*authorization(&alice))];
    connection
        .send(request(&format!("GET {SETTINGS}"), &fields, ""))
        .await;
    wait_for("waiting", async || {
        (session.number(WAITING) == 1).then_some(())
    })
    .await;
    connection.reset();
    let begun = Instant::now();
    wait_for("stopped", async || {
        (session.number(WAITING) == 0).then_some(())
    })
    .await;
    // By itself it would end with the timeout, after a minute.
    assert!(begun.elapsed() < Duration::from_secs(20));
    session.execute("COMMIT");
    assert_eq!(alice.get(SETTINGS).await.status, 200);
}
