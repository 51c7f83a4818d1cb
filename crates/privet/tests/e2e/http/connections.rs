//! Connections: clients that disconnect, that are slow, or that send the next request at once.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::shapes::{JSON, UPDATES, assert_error};
use crate::support::sql::Session;
use crate::support::wire::{Connection, authorization, head, request};
use crate::support::{Backend, Client, Database, Server};

in_every_setup![
    a_client_that_disconnects_during_a_body_changes_nothing,
    an_update_whose_client_disconnected_is_made_and_recorded_or_not_made,
    an_update_that_waits_for_the_database_while_its_client_hangs_up_is_made_or_not_made,
];

const SETTINGS: &str = "/api/v1/privacy/settings";

fn update(user: &Client, on: bool) -> Vec<u8> {
    let body = json!({"setting": "show_last_seen", "value": on}).to_string();
    let fields = [JSON, ("Authorization", &*authorization(user))];
    request(&format!("PUT {SETTINGS}"), &fields, body)
}

async fn history(user: &Client) -> Vec<Value> {
    let answer = user.get("/api/v1/privacy/audit?limit=200").await;
    answer.json()["entries"].as_array().unwrap().clone()
}

/// Asserts that the current value is that of the last entry, while nothing changes.
async fn assert_settings_are_as_on_record(user: &Client) {
    loop {
        let before = history(user).await;
        let shown = user.get(SETTINGS).await.json()["show_last_seen"].clone();
        if history(user).await == before {
            let recorded = before
                .first()
                .map_or(json!(true), |entry| entry["new_value"].clone());
            assert_eq!(shown, recorded, "{before:?}");
            for pair in before.windows(2) {
                assert_eq!(pair[0]["old_value"], pair[1]["new_value"], "{before:?}");
            }
            return;
        }
    }
}

async fn a_client_that_disconnects_during_a_body_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let whole = update(&alice, false);
    let start_of_body = whole.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    for length in start_of_body..whole.len() {
        let mut stream = TcpStream::connect(server.authority()).await.unwrap();
        stream.write_all(&whole[..length]).await.unwrap();
    }
    assert_eq!(alice.get(SETTINGS).await.json()["show_last_seen"], true);
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

async fn an_update_whose_client_disconnected_is_made_and_recorded_or_not_made(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for number in 0..40 {
        let mut stream = TcpStream::connect(server.authority()).await.unwrap();
        stream
            .write_all(&update(&alice, number % 2 == 1))
            .await
            .unwrap();
        // At some moment during the update.
        tokio::time::sleep(Duration::from_micros(100 * number)).await;
        drop(stream);
    }
    assert_settings_are_as_on_record(&alice).await;
    // An update of a client that disconnected may still be on its way, and be the last.
    for _ in 0..=40 {
        let hidden = json!({"setting": "show_last_seen", "value": false});
        let answer = alice.put(SETTINGS, hidden).await;
        assert_eq!(answer.status, 200, "{answer}");
        if alice.get(SETTINGS).await.json()["show_last_seen"] == false {
            return assert_settings_are_as_on_record(&alice).await;
        }
    }
    panic!("an update is not shown after it was answered");
}

async fn an_update_that_waits_for_the_database_while_its_client_hangs_up_is_made_or_not_made(
    database: Database,
) {
    let server = Server::start_with(&database, &[("PRIVET_DATABASE_TIMEOUT_MS", "10000")]).await;
    let alice = server.new_user();
    assert_eq!(alice.get(SETTINGS).await.status, 200);
    let mut session = Session::on(&database);
    session.execute(match database.backend() {
        Backend::Sqlite => "BEGIN IMMEDIATE",
        Backend::Postgres => "BEGIN; SELECT FROM users FOR UPDATE",
    });
    let mut stream = TcpStream::connect(server.authority()).await.unwrap();
    stream.write_all(&update(&alice, false)).await.unwrap();
    // Until it waits for the lock; SQLite does not report when it does.
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(stream);
    session.execute("COMMIT");
    assert_settings_are_as_on_record(&alice).await;
    let answer = alice
        .put(
            SETTINGS,
            json!({"setting": "show_last_seen", "value": true}),
        )
        .await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(alice.get(SETTINGS).await.json()["show_last_seen"], true);
    assert_settings_are_as_on_record(&alice).await;
}

async fn start() -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database).await;
    (database, server)
}

#[tokio::test]
async fn after_an_error_the_next_request_is_answered_unless_the_connection_was_to_be_closed() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let authorization = authorization(&alice);
    let mut connection = Connection::to(&server).await;
    for update in &UPDATES {
        let line = format!("{} {}", update.method, update.path);
        for (fields, body, status) in [
            (vec![JSON, ("Authorization", &*authorization)], "{", 400),
            (vec![("Authorization", &*authorization)], update.body, 415),
            (vec![JSON, ("Authorization", "Bearer x")], update.body, 401),
            (vec![JSON], update.body, 401),
            (
                vec![JSON, ("Authorization", &*authorization)],
                update.body,
                200,
            ),
        ] {
            connection.send(request(&line, &fields, body)).await;
            let answer = connection.answer().await;
            assert_eq!(answer.status, status, "{answer}");
            if answer.has_header("Connection") {
                // Sent if the body was not read, which differs between requests.
                assert_eq!(
                    (answer.header("Connection"), status),
                    ("close", 401),
                    "{answer}"
                );
                assert_eq!(connection.rest().await, b"");
                connection = Connection::to(&server).await;
            }
        }
    }
}

#[tokio::test]
async fn requests_sent_without_waiting_are_answered_in_their_order() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let mut connection = Connection::to(&server).await;
    let fields = [("Authorization", &*authorization(&alice))];
    let read = request(&format!("GET {SETTINGS}"), &fields, "");
    let nothing = request("GET /nothing", &[], "");
    let pipeline = [
        update(&alice, false),
        read.clone(),
        nothing,
        update(&alice, true),
        read,
    ];
    connection.send(pipeline.concat()).await;
    let first = connection.answer().await;
    assert_eq!(first.json(), json!({"status": "updated"}), "{first}");
    assert_eq!(connection.answer().await.json()["show_last_seen"], false);
    assert_error(
        &connection.answer().await,
        "/nothing",
        404,
        "There is nothing at this path.",
    );
    assert_eq!(connection.answer().await.status, 200);
    assert_eq!(connection.answer().await.json()["show_last_seen"], true);
}

#[tokio::test]
async fn an_unread_body_is_never_read_as_the_next_request() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let hidden = update(&alice, false);
    let length = hidden.len().to_string();
    for (line, status) in [
        ("POST /nothing", 404),
        ("GET /health/live", 200),
        ("PUT /api/v1/privacy/settings", 401),
        ("DELETE /api/v1/privacy/settings", 405),
    ] {
        let mut connection = Connection::to(&server).await;
        connection
            .send(head(line, &[("Content-Length", &length)]))
            .await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, status, "{answer}");
        connection.try_send(&hidden).await;
        connection
            .try_send(request("GET /health/ready", &[("Connection", "close")], ""))
            .await;
        let rest = String::from_utf8(connection.rest().await).unwrap();
        assert!(!rest.contains("updated"), "{rest}");
    }
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_upgrade_is_ignored_and_closes_the_connection() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let authorization = authorization(&alice);
    let h2c = [
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
    ];
    let websocket = [("Connection", "Upgrade"), ("Upgrade", "websocket")];
    let turned_off = r#"{"setting": "show_last_seen", "value": false}"#;
    for upgrade in [&h2c[..], &websocket] {
        for (line, body, status) in [
            ("GET /api/v1/privacy/settings", "", 200),
            ("PUT /api/v1/privacy/settings", turned_off, 200),
            ("PUT /api/v1/privacy/settings", "", 400),
            ("POST /api/users/me/preferences/reset/", "", 200),
            ("GET /nothing", "", 404),
        ] {
            let mut connection = Connection::to(&server).await;
            let own = [JSON, ("Authorization", &*authorization)];
            let asked = request(line, &[&own, upgrade].concat(), body);
            connection.send(asked).await;
            if upgrade == websocket {
                // Neither a part of the body nor a request.
                connection.try_send(update(&alice, true)).await;
            }
            let answer = connection.answer().await;
            assert_eq!(answer.status, status, "{line} {upgrade:?}: {answer}");
            assert_eq!(answer.header("Connection"), "close", "{line}: {answer}");
            assert!(!answer.has_header("Upgrade"), "{line}: {answer}");
            assert_eq!(connection.rest().await, b"", "{line} {upgrade:?}");
        }
    }
    let settings = alice.get(SETTINGS).await.json();
    assert_eq!(settings["show_last_seen"], false, "{settings}");
}

#[tokio::test]
async fn a_request_with_two_lengths_is_refused() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let hidden = update(&alice, false);
    let length = hidden.len().to_string();
    for fields in [
        vec![("Content-Length", "0"), ("Content-Length", &*length)],
        vec![
            ("Content-Length", &*length),
            ("Transfer-Encoding", "chunked"),
        ],
        vec![
            ("Transfer-Encoding", "chunked"),
            ("Transfer-Encoding", "identity"),
        ],
        vec![("Content-Length", "+0")],
    ] {
        let mut connection = Connection::to(&server).await;
        connection.send(head("GET /health/live", &fields)).await;
        connection.try_send(&hidden).await;
        let rest = String::from_utf8(connection.rest().await).unwrap();
        assert!(rest.starts_with("HTTP/1.1 400 "), "{fields:?}: {rest}");
        assert!(!rest.contains("updated"), "{fields:?}: {rest}");
    }
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_missing_body_is_408_after_ten_seconds() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let authorization = authorization(&alice);
    let begun = Instant::now();
    let mut waiting = tokio::task::JoinSet::new();
    for update in &UPDATES {
        for length in [("Content-Length", "10"), ("Transfer-Encoding", "chunked")] {
            let mut connection = Connection::to(&server).await;
            let line = format!("{} {}", update.method, update.path);
            connection
                .send(head(
                    &line,
                    &[JSON, ("Authorization", &authorization), length],
                ))
                .await;
            connection
                .send(if length.1 == "10" { "{" } else { "1\r\n{\r\n" })
                .await;
            waiting.spawn(async move {
                let answer = connection.answer().await;
                assert_error(
                    &answer,
                    update.path,
                    408,
                    "The body did not arrive within 10 seconds.",
                );
                assert_eq!(connection.rest().await, b"", "nothing should follow");
            });
        }
    }
    waiting.join_all().await;
    let taken = begun.elapsed();
    assert!(
        (Duration::from_secs(9)..Duration::from_secs(50)).contains(&taken),
        "{taken:?}"
    );
    // Those did not delay any request.
    let answer = alice.request(Method::GET, SETTINGS).send().await;
    assert_eq!(answer.status, 200, "{answer}");
}
