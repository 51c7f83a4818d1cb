//! Limits of a client: the size of a request's head, its time, the number of connections; and ambiguous requests
//! (smuggling). `Expect: 100-continue` is in `limits/expectations.rs`, hosts in `limits/hosts.rs`.

mod connections;
mod expectations;
mod hosts;

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::wire::{Connection, authorization, head, request};
use crate::support::{Backend, Client, Database, Server};

const SETTINGS: &str = "/api/v1/privacy/settings";
const HIDDEN: &str = r#"{"setting": "show_last_seen", "value": false}"#;

async fn start() -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database).await;
    (database, server)
}

/// The complete answer to these bytes, until the server closes the connection.
async fn all_answers(server: &Server, bytes: impl AsRef<[u8]>) -> String {
    let mut connection = Connection::to(server).await;
    connection.try_send(bytes).await;
    String::from_utf8(connection.rest().await).unwrap()
}

async fn assert_refused(server: &Server, bytes: impl AsRef<[u8]>, status: u16) {
    let said = String::from_utf8_lossy(bytes.as_ref()).into_owned();
    let answers = all_answers(server, bytes).await;
    let expected = format!("HTTP/1.1 {status} ");
    assert!(answers.starts_with(&expected), "{said:.200}: {answers}");
    assert_eq!(
        answers.matches("HTTP/1.1 ").count(),
        1,
        "{said:.200}: {answers}"
    );
}

async fn assert_nothing_changed(user: &Client) {
    let answer = user.get("/api/v1/privacy/audit").await;
    assert_eq!(
        answer.json()["entries"],
        Value::Array(Vec::new()),
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_with_too_many_fields_is_refused() {
    let (_database, server) = start().await;
    let names: Vec<String> = (0..96).map(|number| format!("X-{number}")).collect();
    let fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    // With `Host` and `Connection` that is 96.
    let taken = [&fields[..94], &[("Connection", "close")]].concat();
    let answer = all_answers(&server, head("GET /health/live", &taken)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_refused(&server, head("GET /health/live", &fields), 431).await;
}

#[tokio::test]
async fn a_head_of_more_than_128_kibibytes_is_refused() {
    let (_database, server) = start().await;
    for length in [60_000, 120_000] {
        let long = "x".repeat(length);
        let fields = [("X-Long", long.as_str()), ("Connection", "close")];
        let answer = all_answers(&server, head("GET /health/live", &fields)).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{length}: {answer}");
    }
    let endless = format!(
        "GET /health/live HTTP/1.1\r\nHost: privet\r\nX-Long: {}",
        "x".repeat(131_072)
    );
    assert_refused(&server, endless, 431).await;
}

#[tokio::test]
async fn a_target_of_more_than_64_kibibytes_is_refused() {
    let (_database, server) = start().await;
    let target = |length: usize| format!("GET /health/live?{}", "x".repeat(length));
    let close = [("Connection", "close")];
    let answer = all_answers(&server, head(&target(60_000), &close)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_refused(&server, head(&target(66_000), &close), 400).await;
}

#[tokio::test]
async fn a_missing_head_is_408_after_twenty_seconds() {
    let (_database, server) = start().await;
    let begun = Instant::now();
    let mut silent = Connection::to(&server).await;
    let mut slow = Connection::to(&server).await;
    silent.send("").await;
    let bytes = head("GET /health/live", &[]);
    for byte in bytes.as_bytes().chunks(1).take(bytes.len() - 1) {
        slow.try_send(byte).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        if begun.elapsed() > Duration::from_secs(22) {
            break;
        }
    }
    for connection in [silent, slow] {
        let answer = String::from_utf8(connection.rest().await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    let taken = begun.elapsed();
    assert!(taken > Duration::from_secs(19), "{taken:?}");
}

#[tokio::test]
async fn a_body_that_is_too_slow_or_too_large_ends_its_connection() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let authorization = authorization(&alice);
    let fields = [
        ("Content-Type", "application/json"),
        ("Authorization", &*authorization),
        ("Transfer-Encoding", "chunked"),
    ];
    let line = format!("PUT {SETTINGS}");
    let large = format!("{:x}\r\n{}\r\n", 70_000, " ".repeat(70_000));
    for (part, status) in [(large.as_str(), 413), ("1\r\n{\r\n", 408)] {
        let mut connection = Connection::to(&server).await;
        connection.send(head(&line, &fields)).await;
        connection.send(part).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, status, "{answer}");
        assert_eq!(answer.header("Connection"), "close", "{answer}");
        // The rest of the body is ignored, and data after it is not read as a request.
        connection.try_send("1\r\n}\r\n0\r\n\r\n").await;
        connection
            .try_send(request("GET /health/live", &[], ""))
            .await;
        assert_eq!(connection.rest().await, b"", "{status}");
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn an_ambiguous_head_is_refused() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let hidden = request(
        &format!("PUT {SETTINGS}"),
        &[
            ("Content-Type", "application/json"),
            ("Authorization", &*authorization(&alice)),
        ],
        HIDDEN,
    );
    let length = format!("Content-Length: {}\r\n", hidden.len());
    for fields in [
        // At the end of the body.
        format!("{length}Content-Length: 0\r\n"),
        format!("{length}Transfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\n{length}"),
        "Content-Length: 1, 2\r\n".to_owned(),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: +1\r\n".to_owned(),
        "Content-Length: 0x10\r\n".to_owned(),
        "Content-Length: 99999999999999999999\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: gzip, chunked\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        // At the end of a field.
        "Transfer-Encoding : chunked\r\n".to_owned(),
        " Transfer-Encoding: chunked\r\n".to_owned(),
        "X-Folded: one\r\n two\r\n".to_owned(),
        "X-Folded: one\r\n\tContent-Length: 5\r\n".to_owned(),
        "X-Return: one\rTransfer-Encoding: chunked\r\n".to_owned(),
        "X-Nul: one\0two\r\n".to_owned(),
        "no colon\r\n".to_owned(),
        // The host.
        "Host: elsewhere\r\n".to_owned(),
    ] {
        let start = format!("POST /health/live HTTP/1.1\r\nHost: privet\r\n{fields}\r\n");
        assert_refused(&server, [start.as_bytes(), &hidden].concat(), 400).await;
    }
    for start in [
        "GET /health/live HTTP/1.1\r\n\r\n",
        "GET /health/live HTTP/1.0\r\nHost: privet\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /health/live HTTP/2.0\r\nHost: privet\r\n\r\n",
        "GET  /health/live HTTP/1.1\r\nHost: privet\r\n\r\n",
        "GET /health/live\r\n\r\n",
        "GET /health live HTTP/1.1\r\nHost: privet\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\r\n\r\n",
    ] {
        assert_refused(&server, [start.as_bytes(), &hidden].concat(), 400).await;
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn a_body_with_invalid_chunks_closes_the_connection() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let authorization = authorization(&alice);
    let fields = [
        ("Content-Type", "application/json"),
        ("Authorization", &*authorization),
        ("Transfer-Encoding", "chunked"),
    ];
    let start = head(&format!("PUT {SETTINGS}"), &fields);
    let size = format!("{:x}", HIDDEN.len());
    for chunks in [
        format!("0x{size}\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("-{size}\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("{size}\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("{size}\r\n{HIDDEN}x\r\n0\r\n\r\n"),
        format!("fffffffffffffffff\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("zz\r\n{HIDDEN}\r\n0\r\n\r\n"),
    ] {
        // actix treats it as a broken connection, which ends before or after the answer. Nothing is read as
        // another request.
        let answers = all_answers(&server, format!("{start}{chunks}")).await;
        let is_refused = answers.starts_with("HTTP/1.1 400 ");
        assert!(answers.is_empty() || is_refused, "{chunks}: {answers}");
        assert!(
            answers.matches("HTTP/1.1 ").count() <= 1,
            "{chunks}: {answers}"
        );
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn lines_without_a_carriage_return_are_one_request() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let bare = format!(
        "PUT {SETTINGS} HTTP/1.1\nHost: privet\nContent-Type: application/json\nAuthorization: {}\nContent-Length: {}\nConnection: close\n\n{HIDDEN}",
        authorization(&alice),
        HIDDEN.len()
    );
    let answers = all_answers(&server, bare).await;
    assert!(answers.starts_with("HTTP/1.1 200 "), "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
}

#[tokio::test]
async fn upgrade_requests_are_answered_without_an_upgrade() {
    let (_database, server) = start().await;
    for fields in [
        [
            ("Connection", "Upgrade, HTTP2-Settings, close"),
            ("Upgrade", "h2c"),
        ],
        [("Connection", "close"), ("Upgrade", "h2c")],
    ] {
        let answers = all_answers(&server, head("GET /health/live", &fields)).await;
        assert!(answers.starts_with("HTTP/1.1 200 "), "{answers}");
    }
    assert_refused(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400).await;
}
