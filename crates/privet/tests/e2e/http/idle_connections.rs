//! Ten thousand idle connections do not delay other requests, take little memory each, and can be used later.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::open_files::raise_the_limit_of_open_files;
use crate::support::{Client, Server};

/// The number of idle connections.
const HELD: usize = 10_000;
/// Other file descriptors that each side needs.
const BESIDES: usize = 500;
/// The number that is opened at once: fewer than may wait to be accepted.
const AT_ONCE: usize = 64;

/// The number of active clients meanwhile.
const CLIENTS: usize = 16;
/// The number of requests of each active client.
const REQUESTS: usize = 200;
/// How much longer the requests may take than without idle connections: 50 %, and a reserve for a busy machine.
const LONGER: (f64, Duration) = (1.5, Duration::from_secs(2));
/// The maximum memory of an idle connection, in KiB.
const MOST_MEMORY: u64 = 32;

const SETTINGS: &str = "/api/v1/privacy/settings";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_delay_no_request() {
    raise_the_limit_of_open_files(HELD + BESIDES).await;
    let server = Server::on_sqlite(&[("PRIVET_LOG", "warn,privet=info")]).await;
    let users: Vec<_> = (0..CLIENTS).map(|_| server.new_user()).collect();
    // Once to fill caches, and for memory that the process needs in any case.
    serve(&users).await;
    let before = serve(&users).await;
    let memory_before = server.resident_memory();

    let begun = Instant::now();
    let mut held = hold(server.authority()).await;
    println!(
        "{HELD} connections were opened and used once in {:?}",
        begun.elapsed()
    );
    let memory = server.resident_memory().saturating_sub(memory_before);
    let meanwhile = serve(&users).await;
    let requests = CLIENTS * REQUESTS;
    println!("{requests} requests took {meanwhile:?} beside them, {before:?} without");
    println!("{memory} KiB for {HELD} connections");
    let (factor, slack) = LONGER;
    assert!(
        meanwhile < before.mul_f64(factor) + slack,
        "{meanwhile:?} {before:?}"
    );
    assert!(memory < MOST_MEMORY * HELD as u64, "{memory} KiB");

    for connection in &mut held {
        use_once(connection).await;
    }
}

/// The time until all of them are served.
async fn serve(users: &[Client]) -> Duration {
    let begun = Instant::now();
    let mut working = JoinSet::new();
    for user in users {
        let user = user.clone();
        working.spawn(async move {
            for _ in 0..REQUESTS {
                let answer = user.get(SETTINGS).await;
                assert_eq!(answer.status, 200, "{answer}");
            }
        });
    }
    working.join_all().await;
    begun.elapsed()
}

/// Connections that were used once. An unused one is closed after twenty seconds.
async fn hold(authority: &str) -> Vec<TcpStream> {
    let mut held = Vec::with_capacity(HELD);
    let mut opening = JoinSet::new();
    for number in 0..HELD {
        let authority = authority.to_owned();
        opening.spawn(async move {
            let mut connection = TcpStream::connect(authority).await.unwrap();
            use_once(&mut connection).await;
            connection
        });
        if number >= AT_ONCE {
            held.push(opening.join_next().await.unwrap().unwrap());
        }
    }
    held.extend(opening.join_all().await);
    held
}

async fn use_once(connection: &mut TcpStream) {
    let request = b"GET /health/live HTTP/1.1\r\nHost: privet\r\n\r\n";
    connection.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = connection.read_buf(&mut answer).await.unwrap();
        assert!(
            read > 0,
            "the server closed it: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 200 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}
