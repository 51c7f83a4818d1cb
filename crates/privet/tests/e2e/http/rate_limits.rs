//! Rate limits of users: all defaults, and the format of refusals.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::shapes::{JSON, UPDATES, error_message};
use crate::support::{Answer, Backend, Client, Database, SECRET, Server, Token};

mod concurrency;
mod failed_authentication;
mod quotas;
mod replicas;

const MESSAGING: &str = "/api/v1/privacy/settings";
const EMAIL: &str = "/api/users/me/privacy-settings/";
const ACCOUNT: &str = "/api/v1/e-social/privacy/account";
const PREFERENCES: &str = "/api/users/me/preferences/";

// Each process counts separately.
on_both_stores![a_request_past_its_limit_changes_nothing];

async fn start(variables: &[(&str, &str)]) -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let all = [&[("PRIVET_RATE_LIMITS", "on")], variables].concat();
    let server = Server::start_with(&database, &all).await;
    (database, server)
}

/// A limit, by the requests that use it.
struct Limit {
    name: &'static str,
    quota: u32,
    window: u32,
    requests: Vec<(Method, &'static str, Option<Value>)>,
}

impl Limit {
    /// How much of the quota may have been refilled meanwhile.
    fn regrown_since(&self, begun: Instant) -> u32 {
        let interval = Duration::from_secs(self.window.into()) / self.quota;
        u32::try_from(begun.elapsed().as_nanos() / interval.as_nanos()).unwrap()
    }
}

/// All limits. If several requests share one, all of them are listed.
fn limits() -> [Limit; 6] {
    let get = |path| (Method::GET, path, None);
    let setting = json!({"setting": "show_last_seen", "value": false});
    let limit = |name, quota, requests| Limit {
        name,
        quota,
        window: 60,
        requests,
    };
    [
        limit(
            "messaging_read",
            15,
            vec![get(MESSAGING), (Method::HEAD, MESSAGING, None)],
        ),
        limit(
            "messaging_update",
            5,
            vec![(Method::PUT, MESSAGING, Some(setting))],
        ),
        limit(
            "email_contact_update",
            30,
            vec![(
                Method::PATCH,
                EMAIL,
                Some(json!({"allow_email_contact": false})),
            )],
        ),
        limit(
            "account_update",
            30,
            vec![(Method::PUT, ACCOUNT, Some(json!({"isPrivate": true})))],
        ),
        limit(
            "preferences_update",
            30,
            vec![
                (Method::PATCH, PREFERENCES, Some(json!({}))),
                (Method::POST, UPDATES[2].path, Some(json!({}))),
                (Method::POST, UPDATES[2].path.trim_end_matches('/'), None),
            ],
        ),
        limit(
            "general",
            120,
            vec![
                get(EMAIL),
                get(ACCOUNT),
                get(PREFERENCES),
                get("/api/users/me/preferences/schema/"),
                get("/api/v1/privacy/audit"),
                get("/api/v1/contacts"),
                get("/api/v1/blocks"),
                get("/api/v1/e-social/follows/requests/pending"),
                (Method::HEAD, EMAIL, None),
            ],
        ),
    ]
}

async fn send(user: &Client, (method, path, body): &(Method, &str, Option<Value>)) -> Answer {
    let request = user.request(method.clone(), path);
    match body {
        Some(body) => request.json(body.clone()).send().await,
        None => request.send().await,
    }
}

/// Sends requests until one is refused; returns how many were not, and the first refusal of a request with a body.
async fn use_up(user: &Client, limit: &Limit) -> (u32, Answer) {
    let mut passed = 0;
    for request in limit.requests.iter().cycle() {
        let answer = send(user, request).await;
        if answer.status == 429 {
            break;
        }
        assert_eq!(answer.status, 200, "{}: {answer}", limit.name);
        passed += 1;
        assert!(passed < 2 * limit.quota, "{} has no end", limit.name);
    }
    // By now one more request may be allowed.
    loop {
        let answer = send(user, &limit.requests[0]).await;
        if answer.status == 429 {
            return (passed, answer);
        }
        passed += 1;
    }
}

/// Asserts that an answer has the quota; returns the remaining quota and the time.
fn remaining(answer: &Answer, name: &str, quota: u32, window: u32) -> (u32, u32) {
    let policy = format!("\"{name}\";q={quota};w={window}");
    assert_eq!(answer.header("RateLimit-Policy"), policy, "{answer}");
    let left = answer
        .header("RateLimit")
        .strip_prefix(&format!("\"{name}\";r="));
    let (left, reset) = left
        .unwrap_or_else(|| panic!("{answer}"))
        .split_once(";t=")
        .unwrap();
    (left.parse().unwrap(), reset.parse().unwrap())
}

/// Asserts that an answer is a complete refusal; returns the seconds to wait.
fn refusal(answer: &Answer, path: &str, name: &str, quota: u32, window: u32) -> u32 {
    let message = error_message(answer, path, 429);
    let wait: u32 = answer.header("Retry-After").parse().unwrap();
    let plural = if wait == 1 { "" } else { "s" };
    let expected = format!("Too many requests. Try again in {wait} second{plural}.");
    assert_eq!(message, expected, "{answer}");
    assert!(wait >= 1 && wait <= window.div_ceil(quota), "{answer}");
    assert_eq!(
        remaining(answer, name, quota, window),
        (0, wait),
        "{answer}"
    );
    wait
}

#[tokio::test]
async fn each_limit_lets_its_whole_quota_through_at_once_and_then_refuses() {
    let (_database, server) = start(&[]).await;
    let alice = server.new_user();
    // One after the other for the same user: the limits are independent.
    for limit in limits() {
        let begun = Instant::now();
        let (passed, refused) = use_up(&alice, &limit).await;
        let regrown = limit.regrown_since(begun);
        assert!(
            (limit.quota..=limit.quota + regrown + 1).contains(&passed),
            "{}: {passed}",
            limit.name
        );
        refusal(
            &refused,
            limit.requests[0].1,
            limit.name,
            limit.quota,
            limit.window,
        );
    }
}

#[tokio::test]
async fn every_answer_says_what_is_left() {
    let (_database, server) = start(&[]).await;
    for limit in limits() {
        let alice = server.new_user();
        let begun = Instant::now();
        for used in 1..=3 {
            let answer = send(&alice, &limit.requests[0]).await;
            let (left, reset) = remaining(&answer, limit.name, limit.quota, limit.window);
            let expected = limit.quota - used;
            let regrown = limit.regrown_since(begun);
            assert!((expected..=expected + regrown).contains(&left), "{answer}");
            let interval = limit.window.div_ceil(limit.quota);
            assert!(reset >= 1 && reset <= interval * used, "{answer}");
        }
    }
}

#[tokio::test]
async fn users_are_counted_apart() {
    let (_database, server) = start(&[("PRIVET_LIMIT_GENERAL", "1/hour")]).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    assert_eq!(alice.get(EMAIL).await.status, 200);
    refusal(&alice.get(EMAIL).await, EMAIL, "general", 1, 3_600);
    assert_eq!(bob.get(EMAIL).await.status, 200);
    // Independent of the token and of the spelling of the id.
    let other_token = Token::of(alice.id()).claim("scope", "privacy:decide");
    let other_token = server.bearer(&other_token.sign(SECRET));
    assert_eq!(other_token.get(EMAIL).await.status, 429);
    let upper = Token::of(alice.id())
        .claim("sub", alice.id().to_string().to_uppercase())
        .sign(SECRET);
    assert_eq!(server.bearer(&upper).get(EMAIL).await.status, 429);
}

#[tokio::test]
async fn invalid_requests_count() {
    let (_database, server) = start(&[("PRIVET_LIMIT_MESSAGING_UPDATE", "3/hour")]).await;
    let alice = server.new_user();
    for (body, fields, status) in [
        ("{}", &[JSON][..], 400),
        ("{", &[JSON], 400),
        (UPDATES[4].body, &[], 415),
    ] {
        let answer = UPDATES[4].send(&alice, body, fields).await;
        assert_eq!(answer.status, status, "{answer}");
    }
    let answer = UPDATES[4].send_json(&alice, UPDATES[4].body).await;
    refusal(&answer, MESSAGING, "messaging_update", 3, 3_600);
}

#[tokio::test]
async fn requests_that_are_not_authenticated_do_not_count_against_the_user() {
    let (_database, server) = start(&[("PRIVET_LIMIT_MESSAGING_READ", "1/hour")]).await;
    let alice = server.new_user();
    let token = Token::of(alice.id());
    let forged = token.sign("not the secret of these tests, but as long");
    let expired = token.expiring_in(-1).sign(SECRET);
    for bad in [
        &server.anonymous(),
        &server.bearer(&forged),
        &server.bearer(&expired),
    ] {
        assert_eq!(bad.get(MESSAGING).await.status, 401);
    }
    for path in ["/nothing", "/api/v1/privacy/settings/nothing"] {
        assert_eq!(alice.get(path).await.status, 404);
    }
    assert_eq!(
        alice.request(Method::DELETE, MESSAGING).send().await.status,
        405
    );
    assert_eq!(alice.get(MESSAGING).await.status, 200);
    refusal(
        &alice.get(MESSAGING).await,
        MESSAGING,
        "messaging_read",
        1,
        3_600,
    );
}

#[tokio::test]
async fn requests_without_a_user_are_not_limited() {
    let (_database, server) = start(&[("PRIVET_LIMIT_GENERAL", "1/hour")]).await;
    for path in [
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi.json",
        "/swagger-ui/",
        "/.well-known/authzen-configuration",
    ] {
        for _ in 0..10 {
            let answer = server.anonymous().get(path).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert!(!answer.has_header("RateLimit"), "{answer}");
        }
    }
}

async fn a_request_past_its_limit_changes_nothing(database: Database) {
    let variables = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_MESSAGING_UPDATE", "1/hour"),
        ("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "1/hour"),
        ("PRIVET_LIMIT_ACCOUNT_UPDATE", "1/hour"),
        ("PRIVET_LIMIT_PREFERENCES_UPDATE", "1/hour"),
    ];
    let server = Server::start_with(&database, &variables).await;
    let alice = server.new_user();
    let paths = [MESSAGING, EMAIL, ACCOUNT, PREFERENCES];
    for update in &UPDATES {
        // Uses up the quota without a change.
        update.send_json(&alice, "{").await;
    }
    let mut before = Vec::new();
    for path in paths {
        before.push(alice.get(path).await.header("ETag").to_owned());
    }
    for update in &UPDATES {
        let answer = update.send_json(&alice, update.body).await;
        error_message(&answer, update.path, 429);
    }
    for (path, tag) in paths.iter().zip(before) {
        assert_eq!(alice.get(path).await.header("ETag"), tag, "{path}");
    }
    let history = alice.get("/api/v1/privacy/audit").await.json();
    assert_eq!(history["entries"], json!([]));
}
