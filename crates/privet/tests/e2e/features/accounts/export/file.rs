//! The export as a file: its header fields, and `HEAD`.

use super::PATH;
use crate::support::wire::{Connection, authorization, request};
use crate::support::{Database, Server};

in_one_setup![
    the_export_is_a_json_file_to_keep_sent_without_a_known_length,
    head_answers_without_a_body,
];

async fn the_export_is_a_json_file_to_keep_sent_without_a_known_length(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for path in [PATH.to_owned(), format!("{PATH}/")] {
        let mut connection = Connection::to(&server).await;
        let fields = [("Authorization", &*authorization(&alice))];
        connection
            .send(request(&format!("GET {path}"), &fields, ""))
            .await;
        let answer = connection.head().await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("Content-Type"), "application/json");
        assert_eq!(answer.header("Transfer-Encoding"), "chunked");
        assert!(!answer.has_header("Content-Length"), "{answer}");
        assert!(!answer.has_header("ETag"), "{answer}");
        let attachment = "attachment; filename=\"privet-export.json\"";
        assert_eq!(answer.header("Content-Disposition"), attachment);
        assert_eq!(answer.header("Cache-Control"), "private, no-cache");
        assert_eq!(answer.header("Vary"), "Authorization");
    }
}

async fn head_answers_without_a_body(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut connection = Connection::to(&server).await;
    let fields = [("Authorization", &*authorization(&alice))];
    connection
        .send(request(&format!("HEAD {PATH}"), &fields, ""))
        .await;
    let head = connection.head().await;
    assert_eq!(head.status, 200, "{head}");
    assert_eq!(head.header("Content-Type"), "application/json");
    // What came next would be the body.
    connection.send(request("GET /health/live", &[], "")).await;
    let next = connection.answer().await;
    assert_eq!(next.status, 200, "{next}");
}
