//! Erasing somebody of whom there are more rows than can be deleted in the time of a request.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use super::{ME, assert_erased, assert_nothing_left, path, service};
use crate::support::acting::{call, follow_path};
use crate::support::asking::with_scope;
use crate::support::receipts::{KEY_FILE, content, key_file};
use crate::support::settings::Settings;
use crate::support::sql::Session;
use crate::support::{Answer, Backend, Client, Database, KeyPair, Server};

on_both_stores![
    a_user_with_many_followers_is_gone_at_once_and_the_rest_follows,
    an_erasure_is_finished_after_the_process_was_killed,
];

const MANY: u32 = 100_000;
/// A fraction of what deleting that many takes.
const TIMEOUT: (&str, &str) = ("PRIVET_DATABASE_TIMEOUT_MS", "500");
const PATIENCE: Duration = Duration::from_mins(3);

/// Gives the user that many followers.
fn load_followers(session: &mut Session, user: &Client, followers: u32) {
    let id = session.literal(user.id());
    let insert = "INSERT INTO follows
        (id, follower_id, following_id, status, created_at, decided_at)";
    session.execute(&match session {
        Session::Sqlite(_) => format!(
            "WITH RECURSIVE numbers (n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {followers})
             {insert} SELECT randomblob(16), randomblob(16), {id}, 'accepted', n, n FROM numbers"
        ),
        Session::Postgres(_) => format!(
            "{insert} SELECT gen_random_uuid(), gen_random_uuid(), {id}, 'accepted',
                 to_timestamp(n), to_timestamp(n) FROM generate_series(1, {followers}) AS n"
        ),
    });
    session.execute(&format!(
        "INSERT INTO follow_counts (user_id, followers, following, requests_received)
             SELECT follower_id, 0, 1, 0 FROM follows WHERE following_id = {id}
             ON CONFLICT (user_id) DO NOTHING;
         UPDATE follow_counts SET followers = followers + {followers} WHERE user_id = {id}"
    ));
}

fn rows_left(session: &mut Session, user: &Client) -> i64 {
    let id = session.literal(user.id());
    session.number(&format!(
        "(SELECT count(*) FROM follows WHERE following_id = {id})"
    ))
}

/// Asks again where the database was too slow for its short time.
async fn patiently(ask: impl AsyncFn() -> Answer) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status != 503 {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Without a receipt, also if there is a key.
fn assert_deleting(answer: &Answer) {
    assert_eq!(answer.status, 202, "{answer}");
    assert_eq!(answer.json(), json!({"status": "deleting"}), "{answer}");
}

/// Somebody with many followers, one of whom is the other.
async fn followed_by_many(server: &Server, database: &Database) -> (Client, Client) {
    let (alice, fan) = (server.new_user(), server.new_user());
    let follow = async || call(&fan, Method::POST, &follow_path(alice.id())).await;
    assert_eq!(patiently(follow).await.status, 200);
    load_followers(&mut Session::on(database), &alice, MANY);
    (alice, fan)
}

/// Has a service erase the user, and see that it takes longer than a request may.
async fn begin_erasure(server: &Server, user: &Client) {
    let service = service(server);
    let answer = patiently(async || service.delete(&path(user.id())).await).await;
    assert_deleting(&answer);
    assert_refused(user).await;
}

async fn assert_refused(user: &Client) {
    let answer = patiently(async || user.get(Settings::MessagingPrivacy.path()).await).await;
    assert_eq!(answer.status, 401, "{answer}");
}

async fn wait_until_nothing_is_left(database: &Database, user: &Client) {
    let begun = Instant::now();
    let mut session = Session::on(database);
    while session.rows_of("erasures_under_way", user.id()) > 0 {
        assert!(begun.elapsed() < PATIENCE, "it is not finished");
        sleep(Duration::from_millis(50)).await;
    }
    assert_nothing_left(database, user.id());
}

async fn assert_shows_nothing(server: &Server, alice: &Client, fan: &Client) {
    let alice_is_shown = async |path: &str| {
        let answer = patiently(async || fan.get(path).await).await;
        assert_eq!(answer.status, 200, "{answer}");
        answer.text.contains(&alice.id().to_string())
    };
    assert!(!alice_is_shown("/api/v1/users/me/export").await);
    let following = format!("/api/v1/e-social/follows/following/{}", fan.id());
    assert!(!alice_is_shown(&following).await);
    let stats = format!("/api/v1/e-social/follows/stats/{}", fan.id());
    let numbers = patiently(async || fan.get(&stats).await).await.json();
    assert_eq!(numbers["data"]["followingCount"], 0, "{numbers}");
    let check = json!({"viewer": fan.id(), "subject": alice.id(), "action": "view_profile"});
    let decisions = with_scope(server, "privacy:decide");
    let body = json!({"checks": [check]});
    let ask = async || {
        decisions
            .post("/api/v1/privacy/decisions", body.clone())
            .await
    };
    let decision = patiently(ask).await.json()["decisions"][0].take();
    assert_eq!(decision, json!({"allowed": false, "reason": "erased"}));
}

async fn a_user_with_many_followers_is_gone_at_once_and_the_rest_follows(database: Database) {
    let key = key_file(&KeyPair::ed25519());
    let variables = [TIMEOUT, (KEY_FILE, key.path().to_str().unwrap())];
    let server = Server::start_with(&database, &variables).await;
    let (alice, fan) = followed_by_many(&server, &database).await;
    begin_erasure(&server, &alice).await;
    assert_shows_nothing(&server, &alice, &fan).await;
    let (service, bob) = (service(&server), server.new_user());
    let mut changes = 0;
    let deleted = loop {
        let answer = patiently(async || service.delete(&path(alice.id())).await).await;
        if answer.status == 200 {
            break answer.json();
        }
        assert_deleting(&answer);
        let is_private = changes % 2 == 0;
        let change = async || {
            Settings::AccountPrivacy
                .switch(&bob, is_private)
                .send()
                .await
        };
        assert_eq!(patiently(change).await.status, 200);
        changes += 1;
    };
    assert!(changes > 0, "nobody could have changed anything meanwhile");
    assert_eq!(deleted["status"], "deleted", "{deleted}");
    let (_, claims) = content(deleted["receipt"].as_str().unwrap());
    assert_eq!(claims["sub"], alice.id().to_string());
    // Of the followers' follows, none was the user's own.
    assert_eq!(claims["counts"]["follows"], 0, "{claims}");
    let kept = ["erased_users", "erasure_receipts"].map(|table| (table.to_owned(), 1));
    let left = Session::on(&database).rows_naming(alice.id());
    assert_eq!(left, BTreeMap::from(kept));
    assert_shows_nothing(&server, &alice, &fan).await;
}

async fn an_erasure_is_finished_after_the_process_was_killed(database: Database) {
    let mut server = Server::start_with(&database, &[TIMEOUT]).await;
    let (alice, fan) = followed_by_many(&server, &database).await;
    // Users who erase themselves are told the same as services.
    assert_deleting(&patiently(async || alice.delete(ME).await).await);
    assert_refused(&alice).await;
    server.signal("KILL").await;
    server.wait_for_exit().await;
    let mut session = Session::on(&database);
    let left = rows_left(&mut session, &alice);
    assert!(0 < left && left < i64::from(MANY), "{left}");
    let server = Server::start_with(&database, &[TIMEOUT]).await;
    assert_refused(&server.user(alice.id())).await;
    let fan = server.user(fan.id());
    assert_shows_nothing(&server, &alice, &fan).await;
    // Nobody asks again.
    wait_until_nothing_is_left(&database, &alice).await;
}

#[tokio::test]
async fn a_replica_finishes_the_erasure_of_one_that_was_killed() {
    let database = Database::fresh(Backend::Postgres).await;
    let mut here = Server::start_with(&database, &[TIMEOUT]).await;
    let there = Server::start_with(&database, &[TIMEOUT]).await;
    let (alice, fan) = followed_by_many(&here, &database).await;
    begin_erasure(&here, &alice).await;
    assert_refused(&there.user(alice.id())).await;
    here.signal("KILL").await;
    here.wait_for_exit().await;
    let fan = there.user(fan.id());
    assert_shows_nothing(&there, &alice, &fan).await;
    wait_until_nothing_is_left(&database, &alice).await;
    let service = service(&there);
    let answer = patiently(async || service.delete(&path(alice.id())).await).await;
    assert_erased(&answer);
}
