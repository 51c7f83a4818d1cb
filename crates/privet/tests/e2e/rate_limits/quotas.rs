//! Quotas of the operator's own choice, and none at all.

use std::time::Duration;

use super::{EMAIL, limits, refusal, remaining, start, use_up};

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
