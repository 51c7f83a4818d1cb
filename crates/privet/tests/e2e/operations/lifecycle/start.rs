//! The order of steps at the start, and its log about tables of a newer release.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::sql::Session;
use crate::support::wire::{Connection, authorization, request};
use crate::support::{Backend, Database, Program, Proxy, SECRET, Server};

use super::SETTINGS;

on_both_stores![tables_of_a_newer_release_are_warned_of];

/// Much less than the time to wait for an unavailable database.
const SOON: Duration = Duration::from_secs(20);
const WAITING: &str = "waiting up to 30 seconds for the database";

async fn tables_of_a_newer_release_are_warned_of(database: Database) {
    let server = Server::start(&database).await;
    drop(server);
    let mut session = Session::on(&database);
    session.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
    let mut server = Server::start(&database).await;
    let line = server.wait_for_log("by a newer release of Privet").await;
    assert!(
        line.contains("WARN") && line.contains("99990101000000"),
        "{line}"
    );
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

/// A free port.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn clients_that_connect_during_the_migration_are_answered_after_it() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    proxy.cut();
    let listen = format!("127.0.0.1:{}", free_port());
    let variables = [("DATABASE_URL", proxy.url()), ("PRIVET_LISTEN", &listen)];
    let mut server = Server::launch(&database, &variables);
    server.wait_for_log(WAITING).await;
    let mut connection = Connection::to_address(&listen).await;
    connection.send(request("GET /health/live", &[], "")).await;
    proxy.open();
    let answer = connection.answer().await;
    assert_eq!(answer.status, 200, "{answer}");
    server.wait_until_it_serves().await;
    let alice = server.new_user();
    let fields = [("Authorization", &*authorization(&alice))];
    connection
        .send(request(&format!("GET {SETTINGS}"), &fields, ""))
        .await;
    assert_eq!(connection.answer().await.status, 200);
}

#[tokio::test]
async fn a_port_that_is_taken_is_found_before_anything_is_made_or_waited_for() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let in_folder = format!("sqlite://{}/data/privet.db", folder.path().display());
    for url in [&*in_folder, "postgres://privet@127.0.0.1:1/privet"] {
        let begun = Instant::now();
        let output = Program::new(&["serve"])
            .with("DATABASE_URL", url)
            .with("PRIVET_JWT_SECRET", SECRET)
            .with("PRIVET_LISTEN", &listen)
            .run()
            .await;
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        assert_eq!(output.status, 1, "{}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
        let expected = format!("privet: cannot listen on {listen} (PRIVET_LISTEN)");
        assert!(output.stderr.starts_with(&expected), "{}", output.stderr);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
