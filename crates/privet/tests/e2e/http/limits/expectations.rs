//! `Expect: 100-continue`: if the head decides the answer, the client gets it at once (RFC 9110, section 10.1.1).

use super::{HIDDEN, SETTINGS, assert_nothing_changed, start};
use crate::support::shapes::{JSON, assert_error_type};
use crate::support::wire::{Connection, authorization, chunked, head, request};
use crate::support::{SECRET, Server, Token, new_user_id};

const EXPECT: (&str, &str) = ("Expect", "100-continue");

/// Asserts that this head is answered at once with this status, and the connection is closed.
async fn assert_decided(server: &Server, line: &str, fields: &[(&str, &str)], status: u16) {
    let mut connection = Connection::to(server).await;
    let fields = [fields, &[EXPECT]].concat();
    connection.send(head(line, &fields)).await;
    let answer = connection.answer().await;
    let told = format!("{line} {fields:?}: {answer}");
    assert_eq!(answer.status, status, "{told}");
    assert_eq!(answer.header("Connection"), "close", "{told}");
    let path = line.split_once(' ').unwrap().1;
    assert_error_type(&answer, path);
    // Data after it is not read as a request.
    connection
        .try_send(request("GET /health/live", &[], ""))
        .await;
    assert_eq!(connection.rest().await, b"", "{told}");
}

#[tokio::test]
async fn a_head_that_decides_the_answer_is_answered_without_the_body() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let mine = authorization(&alice);
    let allowed = ("Authorization", &*mine);
    let length = ("Content-Length", "45");
    let chunks = ("Transfer-Encoding", "chunked");
    let put = format!("PUT {SETTINGS}");
    for body in [length, chunks] {
        for (line, fields, status) in [
            (&*put, vec![JSON, body], 401),
            (&*put, vec![JSON, body, ("Authorization", "Bearer x")], 401),
            ("PUT /nothing", vec![JSON, body, allowed], 404),
            (
                "PATCH /api/v1/privacy/settings",
                vec![JSON, body, allowed],
                405,
            ),
            (
                "POST /api/v1/privacy/decisions",
                vec![JSON, body, allowed],
                403,
            ),
            (
                &*put,
                vec![("Content-Type", "text/plain"), body, allowed],
                415,
            ),
            (
                &*put,
                vec![body, allowed, JSON, ("Content-Encoding", "gzip")],
                415,
            ),
            ("PATCH /api/users/me/preferences/", vec![body], 401),
            ("PUT /api/v1/e-social/privacy/account", vec![body], 401),
        ] {
            assert_decided(&server, line, &fields, status).await;
        }
    }
    let large = [JSON, allowed, ("Content-Length", "70000")];
    assert_decided(&server, &put, &large, 413).await;
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn a_user_over_the_limit_is_refused_before_the_body() {
    let server = Server::on_sqlite(&[
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_MESSAGING_UPDATE", "1/hour"),
    ])
    .await;
    let alice = server.new_user();
    let body = serde_json::from_str::<serde_json::Value>(HIDDEN).unwrap();
    assert_eq!(alice.put(SETTINGS, body).await.status, 200);
    let mine = authorization(&alice);
    let fields = [JSON, ("Authorization", &*mine), ("Content-Length", "45")];
    assert_decided(&server, &format!("PUT {SETTINGS}"), &fields, 429).await;
}

#[tokio::test]
async fn a_needed_body_is_requested_and_the_connection_stays_open() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let mine = authorization(&alice);
    let line = format!("PUT {SETTINGS}");
    let length = HIDDEN.len().to_string();
    let mut connection = Connection::to(&server).await;
    for (field, body) in [
        (("Content-Length", &*length), HIDDEN.as_bytes().to_vec()),
        (("Transfer-Encoding", "chunked"), chunked(HIDDEN.as_bytes())),
    ] {
        let fields = [JSON, ("Authorization", &*mine), field, EXPECT];
        connection.send(head(&line, &fields)).await;
        let asked = connection.head().await;
        assert_eq!(asked.status, 100, "{asked}");
        assert!(asked.headers.is_empty(), "{asked}");
        connection.send(body).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(!answer.has_header("Connection"), "{answer}");
    }
    // A client that does not wait is answered too; malformed JSON is reported after the body.
    let at_once = request(&line, &[JSON, ("Authorization", &mine), EXPECT], "{");
    connection.send(at_once).await;
    let asked = connection.head().await;
    assert_eq!(asked.status, 100, "{asked}");
    let answer = connection.answer().await;
    assert_eq!(answer.status, 400, "{answer}");
    connection.send(request("GET /health/live", &[], "")).await;
    assert_eq!(connection.answer().await.status, 200);
}

#[tokio::test]
async fn a_request_without_a_body_is_answered_as_it_stands() {
    let (_database, server) = start().await;
    let token = Token::of(new_user_id()).sign(SECRET);
    let mine = format!("Bearer {token}");
    let mut connection = Connection::to(&server).await;
    for (line, status) in [
        (format!("GET {SETTINGS}"), 200),
        ("GET /health/live".to_owned(), 200),
        ("GET /nothing".to_owned(), 404),
    ] {
        let fields = [("Authorization", &*mine), EXPECT];
        connection.send(head(&line, &fields)).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, status, "{line}: {answer}");
        assert!(!answer.has_header("Connection"), "{line}: {answer}");
    }
}
