//! Streams whose clients read nothing: the server uses little memory for them, and they go on without a gap.

use serde_json::{Value, json};

use crate::support::changes::{EventStream, changes_after, now, watcher};
use crate::support::sql::Session;
use crate::support::{Database, Server};

in_one_setup![streams_that_nobody_reads_take_little_memory_and_go_on_without_a_gap];

/// The number of streams.
const STREAMS: usize = 12;
/// The number of changes: 7 MiB in a stream, twice as much as the system keeps for a connection.
const CHANGES: usize = 40_000;
/// The maximum memory of a stream, in KiB.
const MOST_MEMORY: u64 = 1_024;

async fn streams_that_nobody_reads_take_little_memory_and_go_on_without_a_gap(database: Database) {
    let server = Server::start(&database).await;
    let watcher = watcher(&server);
    let cursor = now(&watcher).await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        let mut stream = EventStream::of_changes(&watcher, &format!("after={cursor}")).await;
        assert_eq!(stream.data().await, json!({"type": "caught_up"}));
        streams.push(stream);
    }
    let before = server.resident_memory();
    change_many(&database);
    // Another service reads everything meanwhile.
    let told = changes_after(&server, &watcher, &cursor).await;
    assert_eq!(told.len(), CHANGES);
    let memory = server.resident_memory().saturating_sub(before);
    println!("{memory} KiB for {STREAMS} streams that nobody reads");
    assert!(memory < MOST_MEMORY * STREAMS as u64, "{memory} KiB");
    for stream in streams.iter_mut().take(2) {
        for change in &told {
            assert_eq!(next_change(stream).await, *change);
        }
    }
}

/// Changes of users who are not there, all at once: requests would take minutes.
fn change_many(database: &Database) {
    let numbers =
        format!("SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {CHANGES}");
    Session::on(database).execute(&format!(
        "INSERT INTO changes (at, user_id, kinds) WITH RECURSIVE numbers (number) AS ({numbers}) \
         SELECT unixepoch() * 1000000, randomblob(16), 2 FROM numbers"
    ));
}

/// The next change that a stream tells.
async fn next_change(stream: &mut EventStream) -> Value {
    loop {
        let data = stream.data().await;
        if data.get("user_id").is_some() {
            return data;
        }
    }
}
