//! Services' streams: events with cursors as ids, and resuming.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::asking::wrong_members;
use crate::support::changes::{CHANGES, Event, EventStream, assert_shape, now, page, watcher};
use crate::support::settings::Settings;
use crate::support::{Client, Database, Server};

in_every_setup![
    each_change_is_an_event_with_its_cursor_as_id,
    a_stream_resumes_after_the_last_event,
];

in_one_setup![
    a_stream_is_sent_to_those_who_accept_it_only,
    an_invalid_last_event_id_is_refused,
];

fn is_caught_up(event: &Event) -> bool {
    event.data == Some(json!({"type": "caught_up"}))
}

/// The next event about this user.
async fn next_of(stream: &mut EventStream, user: &Client) -> Event {
    loop {
        let event = stream.next().await.expect("the stream has ended");
        let data = event.data.as_ref();
        if data.is_some_and(|data| data["user_id"] == json!(user.id())) {
            assert_shape(event.data.as_ref().unwrap());
            return event;
        }
    }
}

async fn each_change_is_an_event_with_its_cursor_as_id(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, watcher) = (server.new_user(), server.new_user(), watcher(&server));
    let cursor = now(&watcher).await;
    let mut stream = EventStream::of_changes(&watcher, &format!("after={cursor}")).await;
    let first = stream.next().await.unwrap();
    let wait = first.retry.expect("how long a client waits comes first");
    assert!((1..=5).contains(&wait.as_secs()), "{wait:?}");
    let end = stream.next().await.unwrap();
    assert!(is_caught_up(&end), "{end:?}");
    page(&watcher, &format!("after={}", end.id.unwrap())).await;
    Settings::EmailContact.set(&alice, false).await;
    let of_alice = next_of(&mut stream, &alice).await;
    assert_eq!(of_alice.data.unwrap()["kinds"], json!(["email"]));
    Settings::EmailContact.set(&bob, false).await;
    let of_bob = next_of(&mut stream, &bob).await;
    let end = stream.next().await.unwrap();
    assert!(is_caught_up(&end), "{end:?}");
    // Ids are cursors.
    let after = |event: &Event| format!("after={}", event.id.as_ref().unwrap());
    let alice_id = of_alice.id.clone().unwrap();
    let rest = page(&watcher, &format!("after={alice_id}&wait=5")).await;
    let told = |changes: &[Value], user: &Client| {
        changes
            .iter()
            .any(|change| change["user_id"] == json!(user.id()))
    };
    assert!(told(&rest.changes, &bob) && !told(&rest.changes, &alice));
    let rest = page(&watcher, &after(&of_bob)).await;
    assert!(!told(&rest.changes, &bob), "{rest:?}");
}

async fn a_stream_resumes_after_the_last_event(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, watcher) = (server.new_user(), server.new_user(), watcher(&server));
    let cursor = now(&watcher).await;
    let mut stream = EventStream::of_changes(&watcher, &format!("after={cursor}")).await;
    Settings::EmailContact.set(&alice, false).await;
    let last = next_of(&mut stream, &alice).await.id.unwrap();
    drop(stream);
    Settings::EmailContact.set(&bob, false).await;
    // It counts before `after`.
    for query in ["", "after=now", "after=earliest"] {
        let request = watcher.request(Method::GET, &format!("{CHANGES}?{query}"));
        let request = request.header("Accept", "text/event-stream");
        let mut stream = EventStream::of(request.header("Last-Event-ID", &last)).await;
        let told = loop {
            let data = stream.data().await;
            if data.get("user_id").is_some() {
                break data;
            }
        };
        assert_eq!(told["user_id"], json!(bob.id()), "{query}");
    }
    // A page knows only `after`.
    let request = watcher.request(Method::GET, &format!("{CHANGES}?after=earliest"));
    let answer = request.header("Last-Event-ID", &last).send().await;
    let changes = answer.json()["changes"].as_array().unwrap().clone();
    let of_alice = |change: &Value| change["user_id"] == json!(alice.id());
    assert!(changes.iter().any(of_alice), "{answer}");
}

async fn a_stream_is_sent_to_those_who_accept_it_only(database: Database) {
    let server = Server::start(&database).await;
    let watcher = watcher(&server);
    for (accept, media_type) in [
        ("text/event-stream", "text/event-stream"),
        (
            "text/event-stream, application/json;q=0.5",
            "text/event-stream",
        ),
        (
            "application/json, text/event-stream;q=0.5",
            "application/json",
        ),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
    ] {
        let request = watcher.request(Method::GET, CHANGES);
        let answer = request.header("Accept", accept).send().await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("Content-Type"), media_type, "{accept}");
        assert_eq!(answer.header("Vary"), "Accept", "{accept}");
        assert_eq!(answer.header("Cache-Control"), "no-store", "{accept}");
    }
    let request = watcher.request(Method::HEAD, CHANGES);
    let head = request.header("Accept", "text/event-stream").send();
    let head = tokio::time::timeout(Duration::from_secs(10), head).await;
    let head = head.expect("HEAD should not wait");
    assert_eq!(head.status, 200, "{head}");
    assert_eq!(head.header("Content-Type"), "text/event-stream");
}

async fn an_invalid_last_event_id_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let watcher = watcher(&server);
    let request = |id: &str| {
        let request = watcher.request(Method::GET, CHANGES);
        let request = request.header("Accept", "text/event-stream");
        request.header("Last-Event-ID", id).send()
    };
    for id in ["x", "now", "earliest"] {
        assert_eq!(wrong_members(&request(id).await), ["Last-Event-ID"]);
    }
    assert_eq!(request("").await.status, 200);
}
