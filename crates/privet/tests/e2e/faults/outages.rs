//! Outages: whatever the database does, requests are answered in time, in the shape of their path, and
//! as soon as it is back they succeed again.

use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::support::shapes::assert_503;
use crate::support::shapes::{JSON, UPDATES, assert_error, error_message};
use crate::support::sql::Session;
use crate::support::{Answer, Client, Database, Server, new_user_id};

mod late_feed;
mod lost_changes;
mod postgres_feed;
mod postgres_server;
mod sqlite_file;
mod standby;
mod tables;

in_every_setup![a_database_without_its_tables_is_500_and_nobody_learns_why];

/// How long those servers wait for the database whose answers are timed.
const TIMEOUT: (&str, &str) = ("PRIVET_DATABASE_TIMEOUT_MS", "1000");
/// By when a request is refused: a change makes two calls, and a machine that does much else adds to it.
const IN_TIME: Duration = Duration::from_secs(2 + 1);
/// By when everything must work again; far sooner on a machine that does nothing else.
const RECOVERED: Duration = Duration::from_secs(20);

const READS: [&str; 5] = [
    "/api/users/me/privacy-settings/",
    "/api/users/me/preferences/",
    "/api/v1/e-social/privacy/account",
    "/api/v1/privacy/settings",
    "/api/v1/privacy/audit",
];

/// A request of any kind.
type Anything = (Method, &'static str, Option<&'static str>);

fn reads() -> Vec<Anything> {
    READS.map(|path| (Method::GET, path, None)).to_vec()
}

fn updates() -> Vec<Anything> {
    let updates = UPDATES.iter();
    updates
        .map(|update| (update.method.clone(), update.path, Some(update.body)))
        .collect()
}

async fn send(user: &Client, (method, path, body): &Anything) -> Answer {
    let request = user.request(method.clone(), path);
    match body {
        Some(body) => request.header(JSON.0, JSON.1).body(*body).send().await,
        None => request.send().await,
    }
}

/// Sends these all at once, and asserts that each is answered 503 in time.
async fn assert_unavailable(user: &Client, requests: Vec<Anything>) {
    let mut waiting = JoinSet::new();
    for request in requests {
        let user = user.clone();
        waiting.spawn(async move {
            let begun = Instant::now();
            let answer = send(&user, &request).await;
            assert!(begun.elapsed() < IN_TIME, "{:?}: {answer}", begun.elapsed());
            assert_503(&answer, request.1);
        });
    }
    waiting.join_all().await;
}

/// Asserts that the process says that it runs, and that it lacks its database.
async fn assert_not_ready(server: &Server) {
    let ready = ready_once(server, 503).await;
    assert_error(&ready, "/health/ready", 503, "Away: database.");
    assert_eq!(ready.header("Retry-After"), "1", "{ready}");
    let live = server.anonymous().get("/health/live").await;
    assert_eq!(live.status, 200, "{live}");
}

/// What the service says of its health once it is answered with this status: what it says may be half a second old.
pub async fn ready_once(server: &Server, status: u16) -> Answer {
    let begun = Instant::now();
    loop {
        let asked = Instant::now();
        let ready = server.anonymous().get("/health/ready").await;
        assert!(asked.elapsed() < IN_TIME, "{:?}", asked.elapsed());
        if ready.status == status {
            return ready;
        }
        assert!(begun.elapsed() < RECOVERED, "{ready}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Asserts that everything is answered again, and soon.
async fn assert_recovers(server: &Server, user: &Client) {
    let begun = Instant::now();
    for request in reads().iter().chain(&updates()) {
        loop {
            let answer = send(user, request).await;
            assert!(begun.elapsed() < RECOVERED, "{answer}");
            if answer.status == 200 {
                break;
            }
            assert_503(&answer, request.1);
        }
    }
    ready_once(server, 200).await;
}

async fn a_database_without_its_tables_is_500_and_nobody_learns_why(database: Database) {
    let mut server = Server::start(&database).await;
    let mut session = Session::on(&database);
    session.execute("ALTER TABLE users RENAME TO elsewhere");
    let (bob, carol) = (server.new_user(), server.new_user());
    for request in reads().iter().chain(&updates()) {
        let answer = send(&bob, request).await;
        let message = "The service failed. The request id helps to find out why.";
        assert_eq!(error_message(&answer, request.1, 500), message);
        assert!(!answer.has_header("Retry-After"), "{answer}");
        for secret in [
            "elsewhere",
            "SELECT",
            "table",
            ".rs",
            ".db",
            "sqlite",
            "postgres",
        ] {
            assert!(!answer.text.contains(secret), "{answer}");
        }
    }
    let asked = carol
        .request(Method::GET, READS[0])
        .header("X-Request-Id", "find-out-why");
    assert_eq!(asked.send().await.status, 500);
    server.wait_for_log("find-out-why").await;
    assert!(
        server.log().iter().any(|line| line.contains("users")),
        "{:?}",
        server.log()
    );
    session.execute("ALTER TABLE elsewhere RENAME TO users");
    assert_recovers(&server, &server.user(new_user_id())).await;
}
