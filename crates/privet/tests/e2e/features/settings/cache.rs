//! The cache for reads: nobody can tell whether it is there.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::settings::Settings;
use crate::support::{Answer, Client, Database, Server, Setup, new_user_id};

const OFF: (&str, &str) = ("PRIVET_CACHE_TTL", "0");

in_every_setup![
    with_and_without_a_cache_the_answers_are_the_same,
    repeated_reads_are_answered_from_the_cache_where_there_is_one,
    without_a_cache_an_update_is_seen_by_the_next_read,
    a_refused_update_leaves_the_cache_as_it_was,
];

/// Reads and updates of everything, in an order in which a stale row would show.
fn requests() -> Vec<(Method, &'static str, Option<Value>)> {
    let mut requests = Vec::new();
    let reset = "/api/users/me/preferences/reset/";
    for (method, path, body) in [
        (
            Method::PATCH,
            Settings::EmailContact.path(),
            json!({"allow_email_contact": false}),
        ),
        (
            Method::PATCH,
            Settings::EmailContact.path(),
            json!({"allow_email_contact": "no"}),
        ),
        (
            Method::PUT,
            Settings::AccountPrivacy.path(),
            json!({"isPrivate": true}),
        ),
        (
            Method::PUT,
            Settings::AccountPrivacy.path(),
            json!({"isPrivate": true}),
        ),
        (
            Method::PUT,
            Settings::MessagingPrivacy.path(),
            json!({"settings": {"show_last_seen": false}}),
        ),
        (
            Method::PUT,
            Settings::MessagingPrivacy.path(),
            json!({"settings": {}}),
        ),
        (
            Method::PATCH,
            Settings::Preferences.path(),
            json!({"theme.mode": "dark"}),
        ),
        (
            Method::PATCH,
            Settings::Preferences.path(),
            json!({"theme.mode": "system"}),
        ),
        (
            Method::PATCH,
            Settings::Preferences.path(),
            json!({"locale": {"language": "DE"}}),
        ),
        (Method::POST, reset, json!({"keys": ["locale"]})),
        (Method::POST, reset, json!({"keys": ["nothing"]})),
        (
            Method::PATCH,
            Settings::EmailContact.path(),
            json!({"allow_email_contact": true}),
        ),
    ] {
        requests.extend(Settings::ALL.map(|settings| (Method::GET, settings.path(), None)));
        requests.push((method, path, Some(body)));
    }
    requests.extend(Settings::ALL.map(|settings| (Method::GET, settings.path(), None)));
    requests.push((Method::GET, "/api/v1/privacy/audit", None));
    requests
}

/// What an answer says, without what differs between two runs: ids but the user's own, and times.
fn said(answer: &Answer, user: Uuid) -> (u16, Option<String>, Value) {
    let mut body = answer.json();
    forget_chance(&mut body, user);
    let tag = answer
        .headers
        .get("ETag")
        .map(|tag| tag.to_str().unwrap().to_owned());
    (answer.status, tag, body)
}

fn forget_chance(value: &mut Value, user: Uuid) {
    match value {
        Value::String(text) => {
            let is_id = text.parse::<Uuid>().is_ok_and(|id| id != user);
            if is_id || chrono::DateTime::parse_from_rfc3339(text).is_ok() {
                text.clear();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forget_chance(item, user)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|item| forget_chance(item, user)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

async fn everything_said(user: &Client) -> Vec<(u16, Option<String>, Value)> {
    let mut all = Vec::new();
    for (method, path, body) in requests() {
        let mut request = user.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        all.push(said(&request.send().await, user.id()));
    }
    all
}

async fn with_and_without_a_cache_the_answers_are_the_same(database: Database) {
    let other = Database::fresh(database.setup()).await;
    let with = Server::start(&database).await;
    let without = Server::start_with(&other, &[OFF]).await;
    let id = new_user_id();
    let expected = everything_said(&without.user(id)).await;
    assert_eq!(everything_said(&with.user(id)).await, expected);
}

async fn repeated_reads_are_answered_from_the_cache_where_there_is_one(database: Database) {
    let setup = database.setup();
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let begun = Instant::now();
    // Redis may be too slow now and then, and is done without for a while.
    loop {
        for settings in Settings::ALL {
            settings.get(&alice).await;
        }
        // Of one replica or the other.
        let metrics = server.anonymous().get("/metrics").await.text;
        let mut lines = metrics.lines();
        let hits = "privet_cache_reads_total{result=\"hit\"} ";
        let hits = lines.find_map(|line| line.strip_prefix(hits));
        let hits = hits.map_or(0, |number| number.parse().unwrap());
        if setup == Setup::Postgres {
            assert_eq!(hits, 0);
            return;
        }
        if hits > 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{metrics}");
    }
}

async fn without_a_cache_an_update_is_seen_by_the_next_read(database: Database) {
    let server = Server::start_with(&database, &[OFF]).await;
    let alice = server.new_user();
    for settings in Settings::ALL {
        for on in [!settings.default(), settings.default()] {
            let tag = settings.set(&alice, on).await;
            let answer = settings.get(&alice).await;
            assert_eq!(settings.value(&answer), on);
            assert_eq!(answer.header("ETag"), tag);
        }
    }
}

async fn a_refused_update_leaves_the_cache_as_it_was(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for settings in Settings::ALL {
        let before = settings.get(&alice).await;
        let request = settings.switch(&alice, !settings.default());
        let answer = request.header("If-Match", "\"another\"").send().await;
        assert_eq!(answer.status, 412, "{answer}");
        let after = settings.get(&alice).await;
        assert_eq!(settings.shown(&after), settings.shown(&before));
        assert_eq!(after.header("ETag"), before.header("ETag"));
    }
}
