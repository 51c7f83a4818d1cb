//! Start, stop and kill, and the data afterwards.

mod first_process;
mod start;
mod stop;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::support::sql::Session;
use crate::support::{
    Backend, Client, Database, HalfSent, Program, Proxy, Server, for_good, new_user_id,
};

in_every_setup![every_acknowledged_change_outlives_a_kill];

// How a process stops.
on_both_stores![
    a_request_under_way_is_finished_before_the_server_stops,
    a_server_that_waits_for_its_turn_to_migrate_can_be_stopped,
];

const SETTINGS: &str = "/api/v1/privacy/settings";
const PREFERENCES: &str = "/api/users/me/preferences/";
/// Much less than the maximum time of a shutdown, and much more than an idle one takes.
const SOON: Duration = Duration::from_secs(15);

async fn half_an_update(server: &Server, user: Uuid) -> HalfSent {
    let body = r#"{"setting": "show_last_seen", "value": false}"#;
    HalfSent::begin(server, user, &format!("PUT {SETTINGS}"), "", body).await
}

async fn a_request_under_way_is_finished_before_the_server_stops(database: Database) {
    let mut server = Server::start(&database).await;
    let id = new_user_id();
    let mut request = half_an_update(&server, id).await;
    server.signal("TERM").await;
    server.wait_for_log("shutting down").await;
    assert_refuses_connections(&server).await;

    let answer = request.finish().await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(server.wait_for_exit().await.success());

    let server = Server::start(&database).await;
    let settings = server.user(id).get(SETTINGS).await;
    assert_eq!(settings.json()["show_last_seen"], false, "{settings}");
}

/// How often servers are killed during changes, unless the environment has another number.
const KILLS: usize = 3;

async fn every_acknowledged_change_outlives_a_kill(database: Database) {
    let kills = std::env::var("PRIVET_KILLS").ok();
    let mut server = Server::start(&database).await;
    for _ in 0..kills.map_or(KILLS, |kills| kills.parse().unwrap()) {
        server = kill_in_the_midst_of_changes(server, &database).await;
    }
}

async fn kill_in_the_midst_of_changes(mut server: Server, database: &Database) -> Server {
    let mut writers = Vec::new();
    for _ in 0..8 {
        let client = server.new_user();
        writers.push((client.id(), Writer::start(client)));
    }
    for (_, writer) in &mut writers {
        writer.wait_until_acknowledged(20).await;
    }
    server.signal("KILL").await;
    server.wait_for_exit().await;

    let server = Server::start(database).await;
    for (id, writer) in writers {
        let acknowledged = writer.end().await;
        let client = server.user(id);
        let kept = color_number(&client.get(PREFERENCES).await.json()["theme"]["accent_color"]);
        // The change in progress may have been stored before its answer could be sent.
        let on_record = changes_on_record(&client).await;
        for_good(|| {
            assert!(
                (acknowledged..=acknowledged + 1).contains(&kept),
                "{acknowledged} changes were acknowledged, the last one kept is {kept}"
            );
            assert_eq!(on_record, (1..=kept).rev().collect::<Vec<_>>());
        });
    }
    server
}

#[tokio::test]
async fn a_client_that_keeps_its_connection_does_not_hold_the_server_up() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::on_sqlite(&[]).await;
        let alice = server.new_user();
        assert_eq!(alice.get(SETTINGS).await.status, 200);
        let begun = Instant::now();
        server.signal(signal).await;
        assert!(server.wait_for_exit().await.success());
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_busy_connection_does_not_hold_the_server_up() {
    let mut server = Server::on_sqlite(&[]).await;
    let mut busy = Writer::start(server.new_user());
    busy.wait_until_acknowledged(20).await;
    let begun = Instant::now();
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    busy.end().await;
}

#[tokio::test]
async fn the_wait_for_a_request_at_shutdown_is_bounded() {
    let mut server = Server::on_sqlite(&[("PRIVET_SHUTDOWN_SECONDS", "1")]).await;
    let _request = half_an_update(&server, new_user_id()).await;
    let begun = Instant::now();
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_second_signal_stops_it_at_once() {
    let mut server = Server::on_sqlite(&[]).await;
    let _request = half_an_update(&server, new_user_id()).await;
    server.signal("INT").await;
    server.wait_for_log("shutting down").await;
    let begun = Instant::now();
    server.signal("INT").await;
    assert_eq!(server.wait_for_exit().await.code(), Some(1));
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database).await;
    let output = Program::new(&["serve"])
        .with("DATABASE_URL", &database.url())
        .with("PRIVET_LISTEN", "127.0.0.1:0")
        .run()
        .await;
    assert_eq!(output.status, 1, "{}", output.stderr);
    let line = output.stderr.lines().last().unwrap();
    assert!(
        line.starts_with("privet: cannot open the database"),
        "{line}"
    );
    assert!(line.contains("another privet"), "{line}");
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

#[tokio::test]
async fn a_port_that_is_taken_ends_in_one_clear_line() {
    let server = Server::on_sqlite(&[]).await;
    let output = Program::new(&["serve"])
        .with("PRIVET_LISTEN", server.authority())
        .run()
        .await;
    assert_eq!(output.status, 1);
    let line = output.stderr.lines().last().unwrap();
    let expected = format!("privet: cannot listen on {}", server.authority());
    assert!(line.starts_with(&expected), "{line}");
}

#[tokio::test]
async fn servers_that_start_at_once_on_a_new_postgresql_database_migrate_it_once() {
    let database = Database::without_tables();
    let (one, other) = tokio::join!(Server::start(&database), Server::start(&database));
    let id = new_user_id();
    let hide = json!({"setting": "show_last_seen", "value": false});
    assert_eq!(one.user(id).put(SETTINGS, hide).await.status, 200);
    let seen = other.user(id).get(SETTINGS).await;
    assert_eq!(seen.json()["show_last_seen"], false, "{seen}");
}

#[tokio::test]
async fn a_database_that_comes_up_later_is_waited_for() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    proxy.cut();
    let mut server = Server::launch(&database, &[("DATABASE_URL", proxy.url())]);
    server
        .wait_for_log("waiting up to 30 seconds for the database")
        .await;
    proxy.open();
    server.wait_until_it_serves().await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

#[tokio::test]
async fn a_server_that_waits_for_its_database_can_be_stopped() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    proxy.cut();
    let mut server = Server::launch(&database, &[("DATABASE_URL", proxy.url())]);
    server
        .wait_for_log("waiting up to 30 seconds for the database")
        .await;
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
}

async fn a_server_that_waits_for_its_turn_to_migrate_can_be_stopped(database: Database) {
    let mut turn = Session::on(&database);
    turn.execute(match database.backend() {
        Backend::Sqlite => "BEGIN EXCLUSIVE",
        // The common state of the replicas.
        Backend::Postgres => "SELECT pg_advisory_lock(x'707269766574'::bigint)",
    });
    for signal in ["TERM", "INT"] {
        let mut server = Server::launch(&database, &[]);
        server.wait_for_thread("migration").await;
        let begun = Instant::now();
        server.signal(signal).await;
        assert!(server.wait_for_exit().await.success());
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
}

/// Changes the color to one number after another, until that fails.
struct Writer {
    acknowledged: watch::Receiver<i64>,
    writing: JoinHandle<()>,
}

impl Writer {
    fn start(client: Client) -> Self {
        let (sender, acknowledged) = watch::channel(0);
        let writing = tokio::spawn(async move {
            for number in 1_i64.. {
                let color = json!({"theme.accent_color": format!("#{number:06x}")});
                let change = client.request(Method::PATCH, PREFERENCES).json(color);
                let Ok(answer) = change.try_send().await else {
                    return;
                };
                assert_eq!(answer.status, 200, "{answer}");
                sender.send_replace(number);
            }
        });
        Self {
            acknowledged,
            writing,
        }
    }

    async fn wait_until_acknowledged(&mut self, number: i64) {
        let reached = self.acknowledged.wait_for(|latest| *latest >= number);
        reached.await.expect("nothing should have failed yet");
    }

    /// The last acknowledged number, once a change has failed.
    async fn end(self) -> i64 {
        self.writing.await.unwrap();
        *self.acknowledged.borrow()
    }
}

fn color_number(color: &Value) -> i64 {
    i64::from_str_radix(color.as_str().unwrap().trim_start_matches('#'), 16).unwrap()
}

/// The numbers of all changes in the history, newest first.
async fn changes_on_record(client: &Client) -> Vec<i64> {
    let mut numbers = Vec::new();
    let mut path = "/api/v1/privacy/audit?limit=200".to_owned();
    loop {
        let page = client.get(&path).await.json();
        let entries = page["entries"].as_array().unwrap();
        numbers.extend(
            entries
                .iter()
                .map(|entry| color_number(&entry["new_value"])),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            return numbers;
        };
        path = format!("/api/v1/privacy/audit?limit=200&cursor={cursor}");
    }
}

async fn assert_refuses_connections(server: &Server) {
    let begun = Instant::now();
    while TcpStream::connect(server.authority()).await.is_ok() {
        assert!(
            begun.elapsed() < SOON,
            "the server still accepts connections"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
