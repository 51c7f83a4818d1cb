//! The shutdown of a server with open connections.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{SETTINGS, SOON, half_an_update};
use crate::support::wire::{Connection, authorization, request};
use crate::support::{Server, new_user_id};

on_both_stores![what_comes_on_open_connections_is_answered_and_ends_them];

use crate::support::Database;

async fn what_comes_on_open_connections_is_answered_and_ends_them(database: Database) {
    let mut server = Server::start(&database).await;
    let alice = server.new_user();
    let authorization = authorization(&alice);
    let fields = [("Authorization", &*authorization)];
    let read = || request(&format!("GET {SETTINGS}"), &fields, "");
    let mut used = Connection::to(&server).await;
    used.send(read()).await;
    let answer = used.answer().await;
    assert_eq!(answer.status, 200, "{answer}");
    assert!(!answer.has_header("connection"), "{answer}");
    let mut unused = Connection::to(&server).await;
    // An answer on this connection shows that the other ones were accepted before.
    assert_eq!(alice.get(SETTINGS).await.status, 200);

    server.signal("TERM").await;
    server.wait_for_log("shutting down").await;
    sleep(Duration::from_millis(300)).await;
    for connection in [&mut used, &mut unused] {
        connection.send(read()).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("connection"), "close", "{answer}");
    }
    assert_eq!(used.rest().await, b"");
    assert_eq!(unused.rest().await, b"");
    assert!(server.wait_for_exit().await.success());
}

#[tokio::test]
async fn the_answer_to_a_request_under_way_ends_its_connection() {
    let mut server = Server::on_sqlite(&[]).await;
    let mut request = half_an_update(&server, new_user_id()).await;
    server.signal("TERM").await;
    server.wait_for_log("shutting down").await;
    let answer = request.finish().await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
    assert!(server.wait_for_exit().await.success());
}

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_closed_soon() {
    let mut server = Server::on_sqlite(&[]).await;
    let mut connection = Connection::to(&server).await;
    connection.send(request("GET /health/live", &[], "")).await;
    assert_eq!(connection.answer().await.status, 200);
    let begun = Instant::now();
    server.signal("TERM").await;
    assert_eq!(connection.rest().await, b"");
    assert!(server.wait_for_exit().await.success());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}
