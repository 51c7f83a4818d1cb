//! Five thousand streams of devices on one replica: little memory each, and a change reaches its stream within a second.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::changes::OWN_CHANGES;
use crate::support::open_files::raise_the_limit_of_open_files;
use crate::support::settings::Settings;
use crate::support::wire::{authorization, request};
use crate::support::{Client, Server};

/// The number of streams.
const STREAMS: usize = 5_000;
/// Other file descriptors that each side needs.
const BESIDES: usize = 500;
/// The number that is opened at once.
const AT_ONCE: usize = 64;
/// The maximum memory of a stream, in KiB.
const MOST_MEMORY: u64 = 32;
/// The number of changes that are awaited.
const CHANGES: usize = 20;
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_streams_take_little_memory_and_are_told_within_a_second() {
    raise_the_limit_of_open_files(STREAMS + BESIDES).await;
    let server = Server::on_sqlite(&[("PRIVET_LOG", "warn,privet=info")]).await;
    let users: Vec<_> = (0..STREAMS).map(|_| server.new_user()).collect();
    // Rows and caches are there before the streams.
    visit(&users).await;
    let before = server.resident_memory();
    let mut streams = open(&server, &users).await;
    let memory = server.resident_memory().saturating_sub(before);
    println!("{memory} KiB for {STREAMS} streams");
    assert!(memory < MOST_MEMORY * STREAMS as u64, "{memory} KiB");
    let mut latencies = Vec::new();
    for ((_, stream), user) in streams.iter_mut().zip(&users).step_by(STREAMS / CHANGES) {
        let begun = Instant::now();
        Settings::EmailContact.set(user, false).await;
        let told = read_until(stream, "\"family\":\"email\"").await;
        assert!(told.contains("\"changed\""), "{told}");
        latencies.push(begun.elapsed());
    }
    latencies.sort();
    println!(
        "a change took {:?} in the median",
        latencies[latencies.len() / 2]
    );
    assert!(
        latencies[latencies.len() / 2] < Duration::from_secs(1),
        "{latencies:?}"
    );
}

async fn visit(users: &[Client]) {
    let mut visiting = JoinSet::new();
    for user in users {
        let user = user.clone();
        visiting.spawn(async move {
            Settings::EmailContact.get(&user).await;
        });
        if visiting.len() >= AT_ONCE {
            visiting.join_next().await.unwrap().unwrap();
        }
    }
    visiting.join_all().await;
}

/// A stream for each user, in their order, each of which has told the state.
async fn open(server: &Server, users: &[Client]) -> Vec<(usize, TcpStream)> {
    let mut streams = Vec::with_capacity(STREAMS);
    let mut opening = JoinSet::new();
    for (number, user) in users.iter().enumerate() {
        let authority = server.authority().to_owned();
        let authorization = authorization(user);
        let fields = [("Authorization", &*authorization)];
        let head = request(&format!("GET {OWN_CHANGES}"), &fields, "");
        opening.spawn(async move {
            let mut stream = TcpStream::connect(authority).await.unwrap();
            stream.write_all(&head).await.unwrap();
            read_until(&mut stream, "\"state\"").await;
            (number, stream)
        });
        if opening.len() >= AT_ONCE {
            streams.push(opening.join_next().await.unwrap().unwrap());
        }
    }
    streams.extend(opening.join_all().await);
    streams.sort_by_key(|(number, _)| *number);
    streams
}

/// What comes until this text has come.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut come = Vec::new();
    loop {
        let read = timeout(PATIENCE, stream.read_buf(&mut come)).await;
        let read = read.expect("something should have come").unwrap();
        let so_far = String::from_utf8_lossy(&come);
        assert!(read > 0, "the stream has ended: {so_far}");
        if so_far.contains(text) {
            return so_far.into_owned();
        }
    }
}
