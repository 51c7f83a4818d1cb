//! Quotas of the operator, and no limits.

use std::time::Duration;

use reqwest::Method;

use crate::support::acting::{block_path, call, contact_path, follow_path};
use crate::support::document::Document;
use crate::support::shapes::error_message;
use crate::support::{Database, SECRET, Server, Token, new_user_id};

use super::{EMAIL, limits, refusal, remaining, start, use_up};

// Each process counts separately.
on_both_stores![
    a_refused_request_creates_no_relationship_and_erases_no_user,
    calls_without_the_scope_count_against_the_general_limit_and_nothing_is_read_for_them,
];

async fn a_refused_request_creates_no_relationship_and_erases_no_user(database: Database) {
    let variables = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_GENERAL", "1/hour"),
    ];
    let server = Server::start_with(&database, &variables).await;
    let (alice, bob) = (server.new_user(), new_user_id());
    assert_eq!(alice.get(EMAIL).await.status, 200);
    for (method, path) in [
        (Method::PUT, contact_path(bob)),
        (Method::PUT, block_path(bob)),
        (Method::POST, follow_path(bob)),
        (Method::DELETE, "/api/v1/users/me".to_owned()),
    ] {
        error_message(&call(&alice, method, &path).await, &path, 429);
    }
    for table in ["contacts", "blocks", "follows", "erased_users"] {
        let query = format!("SELECT count(*) AS number FROM {table}");
        assert_eq!(database.number(&query).await, 0, "{table}");
    }
}

#[tokio::test]
async fn every_operation_but_a_few_counts_against_the_general_limit_and_services_against_none() {
    let (_database, server) = start(&[]).await;
    for operation in Document::of(&server).await.operations() {
        let answer = operation.send(&operation.caller(&server)).await;
        let limit = match operation.id() {
            "get_messaging_privacy" => "messaging_read",
            "update_messaging_privacy" => "messaging_update",
            "update_email_contact" => "email_contact_update",
            "update_account_privacy" => "account_update",
            "update_preferences" | "reset_preferences" | "import_account" => "preferences_update",
            id if !operation.is_secured() || !operation.scopes().is_empty() => {
                assert!(!answer.has_header("RateLimit"), "{id}: {answer}");
                continue;
            }
            _ => "general",
        };
        let policy = answer.header("RateLimit-Policy");
        let counted = format!("\"{limit}\";q=");
        assert!(policy.starts_with(&counted), "{}: {answer}", operation.id());
    }
}

async fn calls_without_the_scope_count_against_the_general_limit_and_nothing_is_read_for_them(
    database: Database,
) {
    let variables = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_GENERAL", "3/hour"),
    ];
    let server = Server::start_with(&database, &variables).await;
    let document = Document::of(&server).await;
    // A periodic job may call the database meanwhile, but not during each of several rounds.
    for _ in 0..5 {
        let before = database_calls(&server).await;
        refused_without_scope(&server, &document).await;
        if database_calls(&server).await == before {
            return;
        }
    }
    panic!("the database was called during each round of refused requests");
}

/// Uses up the general limit with requests whose tokens lack the scope, for each operation that requires one.
async fn refused_without_scope(server: &Server, document: &Document) {
    for operation in document.operations() {
        if operation.scopes().is_empty() {
            continue;
        }
        let alice = server.new_user();
        for left in [2, 1, 0] {
            let answer = operation.send(&alice).await;
            error_message(&answer, &operation.path, 403);
            assert_eq!(remaining(&answer, "general", 3, 3_600).0, left);
        }
        let answer = operation.send(&alice).await;
        refusal(&answer, &operation.path, "general", 3, 3_600);
        // The quota is that of the user's other requests.
        refusal(&alice.get(EMAIL).await, EMAIL, "general", 3, 3_600);
    }
    let alice = server.new_user();
    let token = Token::of(alice.id()).claim("scope", "users:erase");
    let service = server.bearer(&token.sign(SECRET));
    let path = "/api/v1/users/me";
    for left in [2, 1, 0] {
        let answer = service.delete(path).await;
        error_message(&answer, path, 403);
        assert_eq!(remaining(&answer, "general", 3, 3_600).0, left);
    }
    refusal(&service.delete(path).await, path, "general", 3, 3_600);
}

/// The number of database calls so far, except those of the feed of changes, which is read regularly.
async fn database_calls(server: &Server) -> u64 {
    let text = crate::support::metrics::text(server).await;
    let lines = text.lines();
    let calls = lines.filter_map(|line| {
        let series = line.strip_prefix("privet_database_call_duration_seconds_count")?;
        if series.contains("\"feed\"") {
            return None;
        }
        series.rsplit_once(' ')?.1.parse::<u64>().ok()
    });
    calls.sum()
}

#[tokio::test]
async fn each_quota_can_be_configured() {
    let (_database, server) = start(&[
        ("PRIVET_LIMIT_MESSAGING_READ", "2/hour"),
        ("PRIVET_LIMIT_MESSAGING_UPDATE", "3/hour"),
        ("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "4/hour"),
        ("PRIVET_LIMIT_ACCOUNT_UPDATE", "5/hour"),
        ("PRIVET_LIMIT_PREFERENCES_UPDATE", "6/hour"),
        ("PRIVET_LIMIT_GENERAL", "7/hour"),
    ])
    .await;
    let alice = server.new_user();
    for (mut limit, quota) in limits().into_iter().zip(2..) {
        (limit.quota, limit.window) = (quota, 3_600);
        let (passed, refused) = use_up(&alice, &limit).await;
        assert_eq!(passed, quota, "{}", limit.name);
        refusal(&refused, limit.requests[0].1, limit.name, quota, 3_600);
    }
}

#[tokio::test]
async fn a_quota_refills_gradually() {
    let (_database, server) = start(&[("PRIVET_LIMIT_GENERAL", "2/second")]).await;
    let alice = server.new_user();
    let refused = loop {
        let answer = alice.get(EMAIL).await;
        if answer.status == 429 {
            break answer;
        }
    };
    let wait = refusal(&refused, EMAIL, "general", 2, 1);
    tokio::time::sleep(Duration::from_secs(wait.into())).await;
    for left in [1, 0] {
        let answer = alice.get(EMAIL).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(remaining(&answer, "general", 2, 1).0 >= left, "{answer}");
    }
}

#[tokio::test]
async fn a_large_quota_works() {
    let (_database, server) = start(&[("PRIVET_LIMIT_GENERAL", "100/second")]).await;
    let alice = server.new_user();
    for _ in 0..100 {
        let answer = alice.get(EMAIL).await;
        assert_eq!(answer.status, 200, "{answer}");
        remaining(&answer, "general", 100, 1);
    }
}

#[tokio::test]
async fn limits_can_be_switched_off() {
    let variables = [
        ("PRIVET_RATE_LIMITS", "off"),
        ("PRIVET_LIMIT_GENERAL", "1/hour"),
    ];
    let (_database, server) = start(&variables).await;
    let alice = server.new_user();
    for _ in 0..20 {
        let answer = alice.get(EMAIL).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(!answer.has_header("RateLimit") && !answer.has_header("RateLimit-Policy"));
    }
    for _ in 0..100 {
        let answer = server.bearer("x").get(EMAIL).await;
        assert_eq!(answer.status, 401, "{answer}");
    }
}
