//! The limit of concurrent requests of a user that use the database.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{EMAIL, MESSAGING, start};
use crate::support::changes::EventStream;
use crate::support::shapes::{UPDATES, error_message};
use crate::support::{Answer, Database, HalfSent, SECRET, Server, Setup, Token, new_user_id};

in_every_setup![one_more_than_eight_requests_of_a_user_at_the_same_time_is_429];

// Each process counts separately.
on_both_stores![clients_that_go_away_leave_room_for_others];

const MOST: usize = 8;

/// Begins as many updates of the user at the first replica as may use the database concurrently.
async fn as_many_as_may(server: &Server, user: uuid::Uuid) -> Vec<HalfSent> {
    let (target, body) = (
        format!("PATCH {EMAIL}"),
        r#"{"allow_email_contact": false}"#,
    );
    let mut begun = Vec::new();
    for _ in 0..MOST {
        begun.push(HalfSent::begin(server, user, &target, "", body).await);
    }
    begun
}

fn assert_refused(answer: &Answer, path: &str) {
    let said = error_message(answer, path, 429);
    assert_eq!(
        said,
        "Too many requests at the same time. Try again in 1 second."
    );
    assert_eq!(answer.header("Retry-After"), "1");
    assert_eq!(
        answer.header("RateLimit-Policy"),
        "\"concurrent\";q=8;qu=\"concurrent-requests\""
    );
    assert_eq!(answer.header("RateLimit"), "\"concurrent\";r=0;t=1");
}

async fn one_more_than_eight_requests_of_a_user_at_the_same_time_is_429(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_RATE_LIMITS", "on")]).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    assert_eq!(alice.get(MESSAGING).await.status, 200);
    let mut begun = as_many_as_may(&server, alice.id()).await;
    for update in &UPDATES {
        // Two replicas are called in turn, and each counts separately.
        let mut passed = 0;
        for _ in 0..database.setup().replicas() {
            let answer = update.send_json(&alice, update.body).await;
            if answer.status == 200 {
                passed += 1;
            } else {
                assert_refused(&answer, update.path);
            }
        }
        assert_eq!(passed + 1, database.setup().replicas());
        assert_eq!(update.send_json(&bob, update.body).await.status, 200);
    }
    // Requests of a service with the same id do not count for the user.
    let service = Token::of(alice.id()).claim("scope", "users:erase");
    let service = server.bearer(&service.sign(SECRET));
    let path = format!("/api/v1/users/{}", new_user_id());
    assert_eq!(service.delete(&path).await.status, 200);
    if database.setup() == Setup::Sqlite {
        // It is answered from the cache, but Redis may be too slow.
        assert_eq!(alice.get(MESSAGING).await.status, 200);
    }
    for request in &mut begun {
        let answer = request.finish().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    for update in &UPDATES[..1] {
        let answer = update.send_json(&alice, update.body).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}

async fn clients_that_go_away_leave_room_for_others(database: Database) {
    let variables = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "100000/hour"),
    ];
    let server = Server::start_with(&database, &variables).await;
    let alice = server.new_user();
    for _ in 0..3 {
        let begun = as_many_as_may(&server, alice.id()).await;
        drop(begun);
        let gone = Instant::now();
        while UPDATES[0].send_json(&alice, UPDATES[0].body).await.status != 200 {
            assert!(gone.elapsed() < Duration::from_mins(1));
            sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_dozen_first_requests_at_once_are_served() {
    let (_database, server) = start(&[]).await;
    let alice = server.new_user();
    let mut requests = JoinSet::new();
    for _ in 0..12 {
        let alice = alice.clone();
        requests.spawn(async move { alice.get(EMAIL).await });
    }
    for answer in requests.join_all().await {
        assert_eq!(answer.status, 200, "{answer}");
    }
}

#[tokio::test]
async fn open_streams_leave_room_for_requests() {
    let (_database, server) = start(&[]).await;
    let alice = server.new_user();
    let mut streams = Vec::new();
    for _ in 0..MOST {
        let mut stream = EventStream::of_user(&alice).await;
        assert_eq!(stream.data().await["type"], "state");
        streams.push(stream);
    }
    for update in &UPDATES {
        let answer = update.send_json(&alice, update.body).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}

#[tokio::test]
async fn more_than_sixteen_who_wait_are_refused_at_once_and_not_counted() {
    let (_database, server) = start(&[("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "40/hour")]).await;
    let alice = server.new_user();
    let begun = as_many_as_may(&server, alice.id()).await;
    let mut requests = JoinSet::new();
    for _ in 0..60 {
        let alice = alice.clone();
        let update = &UPDATES[0];
        requests.spawn(async move { update.send_json(&alice, update.body).await });
    }
    for answer in requests.join_all().await {
        // If all were counted, the quota would be used up.
        assert_refused(&answer, EMAIL);
    }
    drop(begun);
}

#[tokio::test]
async fn a_user_past_the_quota_is_told_so_without_a_wait() {
    let (_database, server) = start(&[("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "8/hour")]).await;
    let alice = server.new_user();
    let mut begun = as_many_as_may(&server, alice.id()).await;
    let asked = Instant::now();
    for _ in 0..10 {
        let answer = UPDATES[0].send_json(&alice, UPDATES[0].body).await;
        assert_eq!(answer.status, 429, "{answer}");
        let policy = answer.header("RateLimit-Policy");
        assert_eq!(policy, "\"email_contact_update\";q=8;w=3600");
    }
    // Ten that each wait would take five seconds.
    assert!(asked.elapsed() < Duration::from_secs(4));
    for request in &mut begun {
        let answer = request.finish().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn without_limits_any_number_may_ask_at_the_same_time() {
    let (_database, server) = start(&[("PRIVET_RATE_LIMITS", "off")]).await;
    let alice = server.new_user();
    let mut begun = as_many_as_may(&server, alice.id()).await;
    begun.extend(as_many_as_may(&server, alice.id()).await);
    let answer = UPDATES[0].send_json(&alice, UPDATES[0].body).await;
    assert_eq!(answer.status, 200, "{answer}");
}
