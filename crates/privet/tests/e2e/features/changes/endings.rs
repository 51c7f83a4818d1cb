//! The beat of streams, and how they end: with their token, with the account, and with the server.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::support::acting::erase;
use crate::support::changes::{CHANGES, Event, EventStream, now, watcher};
use crate::support::{Database, SECRET, Server, Token, new_user_id};

in_every_setup![a_stream_ends_after_it_has_told_of_the_erasure];

on_both_stores![streams_and_polls_end_when_the_server_stops];

in_one_setup![
    streams_end_when_their_tokens_expire,
    a_silent_stream_has_a_beat_every_fifteen_seconds,
];

/// A user's stream and a service's, with tokens that expire so soon.
async fn both(server: &Server, seconds: i64) -> (EventStream, EventStream) {
    let token = |scope: &str| {
        let token = Token::of(new_user_id()).expiring_in(seconds);
        server.bearer(&token.claim("scope", scope).sign(SECRET))
    };
    let device = EventStream::of_user(&token("")).await;
    let service = EventStream::of_changes(&token("privacy:watch"), "").await;
    (device, service)
}

/// Fails unless the last thing that a stream tells is how long to wait.
fn assert_spread(events: &[Event]) -> Duration {
    let last = events.last().and_then(|event| event.retry);
    let wait = last.unwrap_or_else(|| panic!("{events:?}"));
    assert!((1_000..=5_000).contains(&wait.as_millis()), "{wait:?}");
    wait
}

async fn a_stream_ends_after_it_has_told_of_the_erasure(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut stream = EventStream::of_user(&alice).await;
    assert_eq!(stream.data().await["type"], "state");
    erase(&alice).await;
    assert_eq!(stream.data().await, json!({"type": "erased"}));
    assert_spread(&stream.rest().await);
    let answer = alice.get("/api/v1/users/me/changes").await;
    assert_eq!(answer.status, 401, "{answer}");
}

async fn streams_and_polls_end_when_the_server_stops(database: Database) {
    let mut server = Server::start(&database).await;
    let watcher = watcher(&server);
    let cursor = now(&watcher).await;
    let mut streams = Vec::new();
    for _ in 0..8 {
        let (device, service) = both(&server, 600).await;
        streams.extend([device, service]);
    }
    let poll = tokio::spawn(async move {
        watcher
            .get(&format!("{CHANGES}?after={cursor}&wait=60"))
            .await
    });
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    server.signal("TERM").await;
    let mut waits = Vec::new();
    for stream in streams {
        waits.push(assert_spread(&stream.rest().await));
    }
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 2, "they should differ: {waits:?}");
    let answer = poll.await.unwrap();
    assert_eq!(answer.status, 200, "{answer}");
    assert!(server.wait_for_exit().await.success());
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
}

async fn streams_end_when_their_tokens_expire(database: Database) {
    let server = Server::start(&database).await;
    let begun = Instant::now();
    let (device, service) = both(&server, 3).await;
    for stream in [device, service] {
        assert_spread(&stream.rest().await);
    }
    let lasted = begun.elapsed();
    assert!(lasted > Duration::from_millis(1_500), "{lasted:?}");
    assert!(lasted < Duration::from_secs(12), "{lasted:?}");
}

async fn a_silent_stream_has_a_beat_every_fifteen_seconds(database: Database) {
    let server = Server::start(&database).await;
    let (mut device, mut service) = both(&server, 600).await;
    let is_beat = |event: &Event| event.is_comment;
    let is_caught_up = |event: &Event| event.data == Some(json!({"type": "caught_up"}));
    device.data().await;
    assert!(is_caught_up(&Event {
        data: Some(service.data().await),
        ..Event::default()
    }));
    let begun = Instant::now();
    let (of_device, of_service) = tokio::join!(device.next(), service.next());
    assert!(is_beat(&of_device.unwrap()));
    assert!(is_caught_up(&of_service.unwrap()));
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(12), "{waited:?}");
    assert!(waited < Duration::from_secs(25), "{waited:?}");
}
