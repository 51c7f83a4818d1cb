//! Looks of the staff: each is on record with a reason, where the user sees it, and nobody is looked at without one.

use reqwest::Method;
use serde_json::json;

use super::{ACCESS, REASON, change, look, looks, path, somebody, staff};
use crate::support::acting::erase;
use crate::support::asking::{assert_problem, with_scope, wrong_members};
use crate::support::settings::{history, names};
use crate::support::{Database, Server, new_user_id};

// What is on record is in the store.
on_both_stores![
    every_look_is_shown_to_the_user_and_in_the_export,
    nobody_unknown_or_erased_is_looked_at_or_made,
    an_erasure_takes_the_looks_along,
];

in_one_setup![
    without_a_valid_reason_nothing_is_answered_or_changed,
    looks_are_listed_in_pages,
    the_staff_are_no_users,
];

async fn every_look_is_shown_to_the_user_and_in_the_export(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    let staff = staff(&server);
    assert!(looks(&user).await.is_empty());
    let one = path(user.id());
    let viewer = new_user_id();
    for path in [
        one.clone(),
        format!("{one}/audit?limit=1"),
        format!("{one}/explain?viewer={viewer}"),
    ] {
        let request = staff.request(Method::GET, &path);
        let request = request.header("Support-Reason", REASON);
        let answer = request.header("X-Request-Id", "a-look").send().await;
        assert_eq!(answer.status, 200, "{answer}");
    }
    let entries = looks(&user).await;
    assert_eq!(entries.len(), 3);
    for entry in &entries {
        let mut members = names(entry);
        members.sort_unstable();
        let expected = ["actor_id", "id", "occurred_at", "reason", "request_id"];
        assert_eq!(members, expected);
        assert_eq!(entry["actor_id"], staff.id().to_string());
        assert_eq!(entry["reason"], REASON);
        assert_eq!(entry["request_id"], "a-look");
    }
    let times: Vec<_> = entries
        .iter()
        .map(|it| it["occurred_at"].to_string())
        .collect();
    assert!(
        times.is_sorted_by(|newer, older| newer >= older),
        "{times:?}"
    );
    let export = user.get("/api/v1/users/me/export").await.json();
    assert_eq!(export["looks"], json!(entries));
    // Nobody else sees them.
    assert!(looks(&somebody(&server).await).await.is_empty());
}

async fn nobody_unknown_or_erased_is_looked_at_or_made(database: Database) {
    let server = Server::start(&database).await;
    let (unknown, erased) = (server.new_user(), somebody(&server).await);
    erase(&erased).await;
    let staff = staff(&server);
    for user in [&unknown, &erased] {
        let one = path(user.id());
        for path in [
            one.clone(),
            format!("{one}/audit"),
            format!("{one}/explain?as=stranger"),
        ] {
            assert_problem(&look(&staff, &path).await, 404, "NOT_FOUND");
        }
        let answer = change(&staff, user, json!({"account.is_private": true})).await;
        assert_problem(&answer, 404, "NOT_FOUND");
    }
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 0);
    // The viewer was erased.
    let user = somebody(&server).await;
    let explain = format!("{}/explain?viewer={}", path(user.id()), erased.id());
    assert_problem(&look(&staff, &explain).await, 404, "NOT_FOUND");
}

async fn an_erasure_takes_the_looks_along(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    look(&staff(&server), &path(user.id())).await;
    let count = "SELECT count(*) AS number FROM support_looks";
    assert_eq!(database.number(count).await, 1);
    erase(&user).await;
    assert_eq!(database.number(count).await, 0);
}

async fn without_a_valid_reason_nothing_is_answered_or_changed(database: Database) {
    let server = Server::start(&database).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    let one = path(user.id());
    let long = "x".repeat(201);
    for reason in [None, Some(""), Some(" "), Some("Gr\u{fc}n"), Some(&*long)] {
        for (method, path) in [
            (Method::GET, one.clone()),
            (Method::GET, format!("{one}/audit")),
            (Method::GET, format!("{one}/explain?as=stranger")),
            (Method::PATCH, format!("{one}/settings")),
        ] {
            let mut request = staff.request(method.clone(), &path);
            if let Some(reason) = reason {
                request = request.header("Support-Reason", reason);
            }
            if method == Method::PATCH {
                request = request.json(json!({"settings": {"account.is_private": true}}));
            }
            let answer = request.send().await;
            assert_eq!(wrong_members(&answer), ["Support-Reason"], "{path}");
        }
    }
    let twice = staff.request(Method::GET, &one);
    let twice = twice.header("Support-Reason", REASON);
    let answer = twice.header("Support-Reason", REASON).send().await;
    assert_eq!(wrong_members(&answer), ["Support-Reason"]);
    assert!(looks(&user).await.is_empty());
    assert!(history(&user).await.is_empty());
    let longest = "x".repeat(200);
    for reason in ["a", &longest, "two words"] {
        let request = staff.request(Method::GET, &one);
        let answer = request.header("Support-Reason", reason).send().await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(looks(&user).await[0]["reason"], reason);
    }
}

async fn looks_are_listed_in_pages(database: Database) {
    let server = Server::start(&database).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    for _ in 0..5 {
        look(&staff, &path(user.id())).await;
    }
    let all = looks(&user).await;
    let (mut cursor, mut pages) = (String::new(), Vec::new());
    loop {
        let answer = user.get(&format!("{ACCESS}?limit=2&cursor={cursor}")).await;
        let page = answer.json();
        pages.extend(page["entries"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!((pages.len(), pages), (5, all));
    for query in ["limit=0", "limit=201", "limit=x", "cursor=x"] {
        let answer = user.get(&format!("{ACCESS}?{query}")).await;
        assert_problem(&answer, 400, "INVALID_REQUEST");
    }
}

async fn the_staff_are_no_users(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    look(&staff(&server), &path(user.id())).await;
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 1);
    for scope in [
        "users:erase",
        "privacy:decide privacy:admin",
        "users:supporter",
    ] {
        let service = with_scope(&server, scope);
        let answer = look(&service, &path(user.id())).await;
        assert_problem(&answer, 403, "FORBIDDEN");
    }
    assert_eq!(looks(&user).await.len(), 1);
}
