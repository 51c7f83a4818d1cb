//! The feed of a PostgreSQL server that restarts or fails, and of one on which an old transaction stays open. Each test has
//! a server of its own, because a transaction holds back the feeds of all databases of a server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::ready_once;
use crate::support::acting::try_set;
use crate::support::asking::{DECISIONS, check, with_scope};
use crate::support::changes::{EventStream, changes_after, kinds_of, now, page, watcher};
use crate::support::metrics::{text, value};
use crate::support::sql::Session;
use crate::support::{Client, Database, PostgresServer, Server, new_user_id};

/// Longer than it takes a replica to notice that it is late.
const NOTICED: Duration = Duration::from_mins(1);

/// A replica on this server.
async fn replica(postgres: &PostgresServer) -> Server {
    let (database, url) = (Database::without_tables(), postgres.url());
    let variables = [
        ("DATABASE_URL", &*url),
        ("PRIVET_DATABASE_POOL", "8"),
        ("PRIVET_DATABASE_TIMEOUT_MS", "5000"),
    ];
    Server::start_with(&database, &variables).await
}

fn session(postgres: &PostgresServer) -> Session {
    Session::Postgres(postgres.connect())
}

/// A change of a new user, as soon as it can be made.
async fn change(server: &Server) -> Uuid {
    let (user, begun) = (server.new_user(), Instant::now());
    loop {
        let answer = try_set(&user, "allow_email_contact", false).await;
        if answer.status == 200 {
            return user.id();
        }
        assert_eq!(answer.status, 503, "{answer}");
        assert!(begun.elapsed() < NOTICED, "{answer}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The cursor of a decision.
async fn cursor_of_a_decision(service: &Client) -> String {
    let checks = [check(new_user_id(), new_user_id(), "send_email")];
    let answer = service.post(DECISIONS, json!({"checks": checks})).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.header("Privet-Cursor").to_owned()
}

/// The data of the next event about this user.
async fn told_of(stream: &mut EventStream, user: Uuid) -> Value {
    loop {
        let data = stream.data().await;
        if data["user_id"] == json!(user) {
            return data;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cursors_and_streams_outlive_restarts_of_the_server() {
    let mut postgres = PostgresServer::start().await;
    let replicas = [replica(&postgres).await, replica(&postgres).await];
    let [one, other] = &replicas;
    let service = with_scope(one, "privacy:decide privacy:watch");
    let mut stream = EventStream::of_changes(&service, "").await;
    assert_eq!(stream.data().await, json!({"type": "caught_up"}));
    let epoch = "SELECT epoch::text AS text FROM feed";
    let before = session(&postgres).texts(epoch);
    // Each with the number of the users who changed before it.
    let mut cursors = vec![
        (now(&service).await, 0),
        (cursor_of_a_decision(&service).await, 0),
    ];
    let mut users = Vec::new();
    for is_failure in [true, false] {
        users.push(change(one).await);
        if is_failure {
            postgres.stop().await;
        } else {
            postgres.shut_down().await;
        }
        postgres.run().await;
        for replica in &replicas {
            ready_once(replica, 200).await;
        }
        let user = change(other).await;
        let told = told_of(&mut stream, user).await;
        assert_eq!(told["kinds"], json!(["email"]));
        users.push(user);
        cursors.push((now(&service).await, users.len()));
    }
    users.push(change(one).await);
    // Both replicas have read the feed since, and take the cursors of both.
    for (replica, watcher) in [(one, watcher(one)), (other, watcher(other))] {
        for (cursor, changed) in &cursors {
            let told = changes_after(replica, &watcher, cursor).await;
            for user in &users[*changed..] {
                assert_eq!(kinds_of(&told, *user), [["email"]], "{changed}: {told:?}");
            }
        }
    }
    assert_eq!(session(&postgres).texts(epoch), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_transaction_delays_changes_and_nobody_is_caught_up_beyond_them() {
    let postgres = PostgresServer::start().await;
    let server = replica(&postgres).await;
    let watcher = watcher(&server);
    // A transaction that only reads delays nothing.
    let mut reading = session(&postgres);
    reading.execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
    assert_eq!(reading.number("(SELECT count(*) FROM users)"), 0);
    let before = now(&watcher).await;
    let early = change(&server).await;
    let told = changes_after(&server, &watcher, &before).await;
    assert_eq!(kinds_of(&told, early), [["email"]]);

    let mut old = session(&postgres);
    old.execute("BEGIN; SELECT pg_current_xact_id()");
    let before = now(&watcher).await;
    let late = change(&server).await;
    // No cursor that is handed out meanwhile is beyond the change.
    let (mut cursor, begun) = (before.clone(), Instant::now());
    loop {
        let page = page(&watcher, &format!("after={cursor}&wait=1")).await;
        assert!(kinds_of(&page.changes, late).is_empty(), "{page:?}");
        cursor = page.next;
        if !page.caught_up {
            break;
        }
        assert!(begun.elapsed() < NOTICED, "it still says so");
    }
    let mut stream = EventStream::of_changes(&watcher, &format!("after={cursor}")).await;
    assert!(stream.next().await.unwrap().retry.is_some());
    let event = stream.next().await.unwrap();
    assert!(event.is_comment && event.data.is_none(), "{event:?}");
    let waiting = value(&text(&server).await, "privet_changes_waiting_seconds");
    assert!(waiting.unwrap() > 5.0, "{waiting:?}");

    old.execute("COMMIT");
    let told = told_of(&mut stream, late).await;
    assert_eq!(told["kinds"], json!(["email"]));
    assert_eq!(stream.data().await, json!({"type": "caught_up"}));
    for cursor in [&before, &cursor] {
        let told = changes_after(&server, &watcher, cursor).await;
        assert_eq!(kinds_of(&told, late), [["email"]]);
    }
    let page = page(&watcher, "").await;
    assert!(page.caught_up, "{page:?}");
    assert_eq!(reading.number("(SELECT count(*) FROM users)"), 0);
}

/// A transaction that is rolled back need not be on disk when the server fails. Then its number is that of another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_transaction_number_was_used_before_a_failure_is_told() {
    // Otherwise almost everything is on disk in time.
    let mut postgres = PostgresServer::start_with(&["wal_writer_delay=10s"]).await;
    let server = replica(&postgres).await;
    let watcher = watcher(&server);
    let next_number = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let begun = Instant::now();
    let cursor = loop {
        assert!(begun.elapsed() < NOTICED, "no number is used twice");
        let mut other = session(&postgres);
        for _ in 0..50 {
            other.execute("BEGIN; SELECT pg_current_xact_id(); ROLLBACK");
        }
        let before = other.number(next_number);
        // A cursor is half a second behind the feed.
        sleep(Duration::from_secs(1)).await;
        let cursor = now(&watcher).await;
        drop(other);
        postgres.stop().await;
        postgres.run().await;
        // Unless somebody else had everything written meanwhile.
        if session(&postgres).number(next_number) < before {
            break cursor;
        }
        ready_once(&server, 200).await;
    };
    let user = change(&server).await;
    let told = changes_after(&server, &watcher, &cursor).await;
    assert_eq!(kinds_of(&told, user), [["email"]]);
}
