//! Request bodies: valid JSON, the maximum size, and errors in the format of the path's family that change
//! nothing. `Content-Type` is tested in `bodies/media_types.rs`.

mod media_types;

use reqwest::Method;

use crate::support::shapes::{JSON, UPDATES, Update, assert_error, error_message, form_message};
use crate::support::wire::{Connection, authorization, chunked, head};
use crate::support::{Answer, Backend, Client, Database, Server};

const LARGEST: usize = 64 * 1024;

async fn start() -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database).await;
    (database, server)
}

/// Asserts that the user has changed nothing.
async fn assert_nothing_changed(user: &Client) {
    let history = user.get("/api/v1/privacy/audit").await;
    assert_eq!(
        history.json()["entries"].as_array().unwrap().len(),
        0,
        "{history}"
    );
}

/// The body, padded with spaces to this length.
fn padded(update: &Update, length: usize) -> Vec<u8> {
    let mut body = update.body.as_bytes().to_vec();
    body.resize(length, b' ');
    body
}

async fn send_chunked(server: &Server, user: &Client, update: &Update, body: &[u8]) -> Answer {
    let mut connection = Connection::to(server).await;
    let line = format!("{} {}", update.method, update.path);
    let authorization = authorization(user);
    let fields = [
        JSON,
        ("Authorization", &*authorization),
        ("Transfer-Encoding", "chunked"),
    ];
    connection.send(head(&line, &fields)).await;
    connection.try_send(chunked(body)).await;
    connection.answer().await
}

#[tokio::test]
async fn a_body_of_64_kibibytes_is_accepted_and_one_more_byte_is_refused() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for update in &UPDATES {
        let too_large = padded(update, LARGEST + 1);
        let message = "The body is larger than 65536 bytes.";
        let announced = update.send_json(&alice, too_large.clone()).await;
        assert_error(&announced, update.path, 413, message);
        let in_chunks = send_chunked(&server, &alice, update, &too_large).await;
        assert_error(&in_chunks, update.path, 413, message);
    }
    assert_nothing_changed(&alice).await;
    for update in &UPDATES {
        let largest = padded(update, LARGEST);
        let announced = update.send_json(&alice, largest.clone()).await;
        assert_eq!(announced.status, 200, "{announced}");
        let in_chunks = send_chunked(&server, &alice, update, &largest).await;
        assert_eq!(in_chunks.status, 200, "{in_chunks}");
    }
}

#[tokio::test]
async fn a_body_announced_as_too_large_is_refused_before_it_is_sent() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let authorization = authorization(&alice);
    for update in &UPDATES {
        for length in ["65537", "18446744073709551615"] {
            let mut connection = Connection::to(&server).await;
            let line = format!("{} {}", update.method, update.path);
            let fields = [
                JSON,
                ("Authorization", &*authorization),
                ("Content-Length", length),
            ];
            connection.send(head(&line, &fields)).await;
            let answer = connection.answer().await;
            assert_error(
                &answer,
                update.path,
                413,
                "The body is larger than 65536 bytes.",
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let deep_array = "[".repeat(60_000);
    let deep_object = r#"{"a":"#.repeat(10_000);
    let bodies: [&[u8]; 19] = [
        b"{",
        b"{\"allow_email_contact\": false,}",
        b"{'allow_email_contact': false}",
        b"{allow_email_contact: false}",
        b"{\"allow_email_contact\": False}",
        b"{\"allow_email_contact\": NaN}",
        b"{\"allow_email_contact\": 01}",
        b"{\"allow_email_contact\": false} {}",
        b"{\"allow_email_contact\": false}\0",
        b"{\"allow_email_contact\0\": false}",
        b"{\"allow_email_contact\": \"\xff\xfe\"}",
        b"{\"allow_email_contact\": \"\\ud800\"}",
        b"{\"\xc0\xaf\": false}",
        b"\xef\xbb\xbf{\"allow_email_contact\": false}",
        b"{\0\"\0a\0\"\0:\x001\0}\0",
        b" \r\n\t ",
        b"// nothing\n{}",
        deep_array.as_bytes(),
        deep_object.as_bytes(),
    ];
    for update in &UPDATES {
        for body in bodies {
            let answer = update.send_json(&alice, body).await;
            let message = error_message(&answer, update.path, 400);
            assert!(message.starts_with("Malformed JSON: "), "{message}");
        }
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn an_object_that_names_a_member_twice_is_malformed_at_any_depth() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for (path, body) in [
        (
            UPDATES[0].path,
            r#"{"allow_email_contact": false, "allow_email_contact": false}"#,
        ),
        (
            UPDATES[0].path,
            r#"{"allow_email_contact": false, "x": {"y": [{"a": 1, "a": 1}]}}"#,
        ),
        (
            UPDATES[1].path,
            r#"{"theme": {"mode": "dark", "mode": "light"}}"#,
        ),
        (
            UPDATES[1].path,
            r#"{"theme": {"mode": "dark"}, "theme": {"accent_color": null}}"#,
        ),
        (
            UPDATES[1].path,
            r#"{"theme.mode": "dark", "theme\u002emode": "dark"}"#,
        ),
        (UPDATES[2].path, r#"{"keys": ["theme"], "keys": ["theme"]}"#),
        (
            UPDATES[3].path,
            r#"{"isPrivate": true, "isPrivate": false}"#,
        ),
        (
            UPDATES[3].path,
            r#"{"isPrivate": true, "isPr\u0069vate": true}"#,
        ),
        (
            UPDATES[4].path,
            r#"{"setting": "show_last_seen", "value": false, "value": true}"#,
        ),
        (
            UPDATES[4].path,
            r#"{"settings": {"show_last_seen": false, "show_last_seen": false}}"#,
        ),
    ] {
        let update = UPDATES.iter().find(|update| update.path == path).unwrap();
        let answer = update.send_json(&alice, body).await;
        let message = error_message(&answer, path, 400);
        assert!(message.contains("given twice"), "{message}");
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_as_a_whole() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for update in &UPDATES {
        for body in [
            "[]", "[{}]", "\"text\"", "1", "-0.5e3", "true", "null", "  null  ",
        ] {
            let answer = update.send_json(&alice, body).await;
            let message = form_message(&answer, update.path);
            assert!(message.ends_with("ust be an object."), "{message}");
        }
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn an_empty_body_is_malformed_but_for_a_reset() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for update in &UPDATES {
        for fields in [&[JSON][..], &[]] {
            let answer = update.send(&alice, "", fields).await;
            if update.method == Method::POST {
                assert_eq!(answer.status, 200, "{answer}");
            } else {
                let message = "Malformed JSON: the body is empty.";
                assert_error(&answer, update.path, 400, message);
            }
        }
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn huge_numbers_and_nul_characters_are_refused_like_other_invalid_values() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let huge = "9".repeat(300);
    for value in [huge.as_str(), "-1e300", "1e-400", r#""\u0000""#] {
        for (update, body) in [
            (
                &UPDATES[0],
                format!(r#"{{"allow_email_contact": {value}}}"#),
            ),
            (&UPDATES[1], format!(r#"{{"theme.mode": {value}}}"#)),
            (
                &UPDATES[1],
                format!(r#"{{"locale": {{"language": {value}}}}}"#),
            ),
            (&UPDATES[2], format!(r#"{{"keys": [{value}]}}"#)),
            (&UPDATES[3], format!(r#"{{"isPrivate": {value}}}"#)),
            (
                &UPDATES[4],
                format!(r#"{{"setting": {value}, "value": false}}"#),
            ),
            (
                &UPDATES[4],
                format!(r#"{{"settings": {{"disappearing_messages_default": {value}}}}}"#),
            ),
        ] {
            let answer = update.send_json(&alice, body.clone()).await;
            let expected = if update.path == UPDATES[3].path {
                422
            } else {
                400
            };
            assert_eq!(answer.status, expected, "{body}: {answer}");
        }
    }
    assert_nothing_changed(&alice).await;
    let ignored = r#"{"allow_email_contact": false, "\u0000": ["\u0000", 1e300], "x": {}}"#;
    let answer = UPDATES[0].send_json(&alice, ignored).await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn deep_nesting_does_not_end_the_service() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for depth in [100, 10_000, 30_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"allow_email_contact": false, "ignored": {open}{close}}}"#);
        let answer = UPDATES[0].send_json(&alice, body).await;
        assert_eq!(
            answer.status,
            if depth == 100 { 200 } else { 400 },
            "{depth}: {answer}"
        );
    }
    assert_eq!(alice.get("/health/live").await.status, 200);
}
