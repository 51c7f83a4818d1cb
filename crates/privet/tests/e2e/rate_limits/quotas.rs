//! Quotas of the operator's own choice, and none at all.

use std::time::Duration;

use reqwest::Method;

use crate::decisions::acting::{block_path, call, contact_path, follow_path};
use crate::document::Document;
use crate::shapes::error_message;
use crate::support::{Database, Server, new_user_id};

use super::{EMAIL, limits, refusal, remaining, start, use_up};

// Each process counts for itself.
on_both_stores![a_refused_request_ties_nobody_to_anybody_and_erases_nobody];

async fn a_refused_request_ties_nobody_to_anybody_and_erases_nobody(database: Database) {
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
            "update_preferences" | "reset_preferences" => "preferences_update",
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

#[tokio::test]
async fn a_path_that_needs_a_scope_is_not_limited_for_who_lacks_it_and_costs_them_nothing() {
    let (_database, server) = start(&[("PRIVET_LIMIT_GENERAL", "1/hour")]).await;
    let alice = server.new_user();
    for operation in Document::of(&server).await.operations() {
        if operation.scopes().is_empty() {
            continue;
        }
        for _ in 0..5 {
            let answer = operation.send(&alice).await;
            error_message(&answer, &operation.path, 403);
            assert!(!answer.has_header("RateLimit"), "{answer}");
        }
    }
    assert_eq!(alice.get(EMAIL).await.status, 200);
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
async fn a_quota_comes_back_by_and_by() {
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
async fn a_large_quota_is_one() {
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
