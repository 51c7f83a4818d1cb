//! Metrics: their values, their endpoints, and that they contain no users.

mod address;
mod anonymity;

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::support::metrics::{text, value};
use crate::support::{
    Answer, Backend, Client, Database, RedisServer, SECRET, Server, Token, new_user_id,
};

const SETTINGS: &str = "/api/v1/privacy/settings";

on_both_stores![
    changes_and_their_audit_entries_are_counted,
    decisions_are_counted_by_action_and_outcome,
    the_pool_is_at_rest_when_nobody_asks,
];

fn service(server: &Server) -> Client {
    let token = Token::of(new_user_id()).claim("scope", "privacy:decide");
    server.bearer(&token.sign(SECRET))
}

async fn changes_and_their_audit_entries_are_counted(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let both = json!({"settings": {"show_last_seen": false, "show_typing_indicator": false}});
    for _ in 0..2 {
        assert_eq!(alice.put(SETTINGS, both.clone()).await.status, 200);
    }
    let refused = alice
        .request(reqwest::Method::PUT, SETTINGS)
        .header("If-Match", "\"another\"")
        .json(json!({"setting": "show_last_seen", "value": true}));
    assert_eq!(refused.send().await.status, 412);
    let text = text(&server).await;
    for (series, expected) in [
        ("privet_audit_entries_total", 2.0),
        ("privet_settings_conflicts_total", 0.0),
        (
            "privet_settings_changes_total{family=\"messaging\",outcome=\"stored\"}",
            1.0,
        ),
        (
            "privet_settings_changes_total{family=\"messaging\",outcome=\"unchanged\"}",
            1.0,
        ),
        (
            "privet_settings_changes_total{family=\"messaging\",outcome=\"precondition_failed\"}",
            1.0,
        ),
        (
            "privet_settings_changes_total{family=\"email\",outcome=\"stored\"}",
            0.0,
        ),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series}\n{text}");
    }
}

async fn decisions_are_counted_by_action_and_outcome(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let off = json!({"setting": "show_typing_indicator", "value": false});
    assert_eq!(alice.put(SETTINGS, off).await.status, 200);
    let service = service(&server);
    let check =
        |action: &str| json!({"viewer": new_user_id(), "subject": alice.id(), "action": action});
    let checks: Vec<_> = (0..500)
        .flat_map(|_| [check("view_typing"), check("view_profile")])
        .collect();
    let answer = service
        .post("/api/v1/privacy/decisions", json!({"checks": checks}))
        .await;
    assert_eq!(answer.status, 200, "{answer}");
    let receipts = json!({"sender": new_user_id(), "receipts": [
        {"message_id": "1", "recipient": alice.id(), "status": "sent"}
    ]});
    let answer = service
        .post("/api/v1/privacy/enforce/receipts", receipts)
        .await;
    assert_eq!(answer.status, 200, "{answer}");
    let profiles = json!({"viewer": new_user_id(), "profiles": [{"user_id": alice.id()}]});
    let answer = service
        .post("/api/v1/privacy/enforce/profile", profiles)
        .await;
    assert_eq!(answer.status, 200, "{answer}");
    let text = text(&server).await;
    for (action, outcome, reason, expected) in [
        ("view_typing", "refused", "setting_off", 500.0),
        ("view_profile", "allowed", "everyone", 501.0),
        ("view_read_receipts", "allowed", "setting_on", 1.0),
        ("view_last_seen", "allowed", "everyone", 1.0),
    ] {
        let series = format!(
            "privet_decisions_total{{action=\"{action}\",outcome=\"{outcome}\",reason=\"{reason}\"}}"
        );
        assert_eq!(value(&text, &series), Some(expected), "{series}\n{text}");
    }
}

async fn the_pool_is_at_rest_when_nobody_asks(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_DATABASE_POOL", "3")]).await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
    let (pool, size) = match database.backend() {
        Backend::Sqlite => ("readers", 3.0),
        Backend::Postgres => ("serving", 3.0),
    };
    let text = text(&server).await;
    let series = |name: &str| format!("privet_database_pool_{name}{{pool=\"{pool}\"}}");
    assert_eq!(value(&text, &series("size")), Some(size), "{text}");
    assert_eq!(value(&text, &series("in_use")), Some(0.0), "{text}");
    assert_eq!(value(&text, &series("waiting")), Some(0.0), "{text}");
    let calls = format!("privet_database_call_duration_seconds_count{{pool=\"{pool}\"}}");
    assert!(value(&text, &calls).unwrap() >= 1.0, "{text}");
}

#[tokio::test]
async fn the_time_of_each_request_falls_into_the_buckets_of_its_route() {
    let server = Server::on_sqlite(&[]).await;
    let alice = server.new_user();
    for _ in 0..5 {
        assert_eq!(alice.get(SETTINGS).await.status, 200);
    }
    let text = text(&server).await;
    let labels = format!("method=\"GET\",route=\"{SETTINGS}\"");
    let histogram = "privet_http_request_duration_seconds";
    let below = |bound: &str| {
        let series = format!("{histogram}_bucket{{{labels},le=\"{bound}\"}}");
        value(&text, &series)
    };
    assert_eq!(below("+Inf"), Some(5.0), "{text}");
    assert!(below("0.00025") <= below("0.001") && below("0.001") <= below("10"));
    let count = value(&text, &format!("{histogram}_count{{{labels}}}"));
    assert_eq!(count, Some(5.0), "{text}");
    let sum = value(&text, &format!("{histogram}_sum{{{labels}}}")).unwrap();
    assert!(sum > 0.0 && sum < 60.0, "{sum}");
}

#[tokio::test]
async fn refusals_are_counted_by_why() {
    let limits = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_MESSAGING_READ", "1/hour"),
        ("PRIVET_LIMIT_FAILED_AUTH", "5/hour"),
    ];
    let server = Server::on_sqlite(&limits).await;
    let alice = server.new_user();
    for status in [200, 429, 429] {
        assert_eq!(alice.get(SETTINGS).await.status, status);
    }
    let gone = server.new_user();
    assert_eq!(gone.delete("/api/v1/users/me").await.status, 200);
    assert_eq!(gone.get(SETTINGS).await.status, 401);
    let expired = Token::of(new_user_id()).expiring_in(-60).sign(SECRET);
    for (client, status) in [
        (server.anonymous(), 401),
        (server.anonymous(), 401),
        (server.bearer(&expired), 401),
        (server.bearer("nonsense"), 401),
        (server.bearer("nonsense"), 429),
    ] {
        assert_eq!(client.get(SETTINGS).await.status, status);
    }
    let text = text(&server).await;
    for (series, expected) in [
        ("authentication_failures_total{reason=\"missing\"}", 2.0),
        ("authentication_failures_total{reason=\"expired\"}", 1.0),
        ("authentication_failures_total{reason=\"invalid\"}", 1.0),
        ("authentication_failures_total{reason=\"erased\"}", 1.0),
        ("rate_limit_refusals_total{limit=\"messaging_read\"}", 2.0),
        ("rate_limit_refusals_total{limit=\"failed_auth\"}", 1.0),
        ("rate_limit_refusals_total{limit=\"general\"}", 0.0),
    ] {
        let series = format!("privet_{series}");
        assert_eq!(value(&text, &series), Some(expected), "{series}\n{text}");
    }
}

#[tokio::test]
async fn sizes_are_shown_with_their_maximum() {
    let server = Server::on_sqlite(&[]).await;
    for _ in 0..3 {
        assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
    }
    let text = text(&server).await;
    for (name, most) in [
        ("privet_cached_rows", 100_000.0),
        ("privet_remembered_tokens", 131_072.0),
    ] {
        assert_eq!(value(&text, name), Some(3.0), "{text}");
        assert_eq!(value(&text, &format!("{name}_max")), Some(most), "{text}");
    }
}

#[tokio::test]
async fn a_request_is_in_flight_until_it_is_answered_or_given_up() {
    let server = Server::on_sqlite(&[]).await;
    let in_flight = async || value(&text(&server).await, "privet_http_requests_in_flight");
    // The scrape itself.
    assert_eq!(in_flight().await, Some(1.0));
    let mut slow = crate::support::wire::Connection::to(&server).await;
    let head = crate::support::wire::head(
        &format!("PUT {SETTINGS}"),
        &[
            (
                "Authorization",
                &crate::support::wire::authorization(&server.new_user()),
            ),
            ("Content-Type", "application/json"),
            ("Content-Length", "100"),
        ],
    );
    slow.send(head).await;
    let until = async |expected: f64| {
        let begun = Instant::now();
        while in_flight().await != Some(expected) {
            assert!(begun.elapsed() < Duration::from_mins(1), "never {expected}");
            sleep(Duration::from_millis(10)).await;
        }
    };
    until(2.0).await;
    drop(slow);
    until(1.0).await;
}

#[tokio::test]
async fn a_redis_that_is_away_shows_in_the_metrics() {
    let database = Database::fresh(Backend::Postgres).await;
    let redis = RedisServer::away();
    let server = Server::start_with(&database, &[("REDIS_URL", &redis.url())]).await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
    let text = text(&server).await;
    assert_eq!(value(&text, "privet_redis_up"), Some(0.0), "{text}");
    let away = value(&text, "privet_cache_reads_total{result=\"away\"}");
    assert_eq!(away, Some(1.0), "{text}");
}

#[tokio::test]
async fn calls_that_are_given_up_are_counted() {
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start_with(&database, &[("PRIVET_DATABASE_TIMEOUT_MS", "200")]).await;
    let alice = server.new_user();
    assert_eq!(alice.get(SETTINGS).await.status, 200);
    // Every reader waits for this lock.
    let url = database.url();
    let holding = tokio::task::spawn_blocking(move || hold_users(&url));
    let begun = Instant::now();
    let mut answer: Answer = alice.get(SETTINGS).await;
    while answer.status != 503 {
        assert!(begun.elapsed() < Duration::from_mins(1), "{answer}");
        answer = alice.get(SETTINGS).await;
    }
    let text = text(&server).await;
    // Either Privet or PostgreSQL's statement_timeout ends it first.
    let failures = |kind: &str| {
        let series = format!("privet_database_failures_total{{pool=\"serving\",kind=\"{kind}\"}}");
        value(&text, &series).unwrap_or_else(|| panic!("{series}\n{text}"))
    };
    assert!(
        failures("timeout") + failures("unavailable") >= 1.0,
        "{text}"
    );
    holding.await.unwrap();
}

fn hold_users(url: &str) {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};

    let mut connection = PgConnection::establish(url).unwrap();
    let lock = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); ROLLBACK";
    connection.batch_execute(lock).unwrap();
}
