//! Who may ask on the paths for services: whoever has the scope, as often as they like.

use reqwest::Method;
use serde_json::json;

use crate::support::asking::{
    SERVICE_PATHS, assert_problem, check, decide, service, with_scope, yes,
};
use crate::support::shapes::assert_error;
use crate::support::{Database, SECRET, Server, Token, new_user_id};

in_one_setup![
    who_has_no_token_is_not_let_in,
    a_token_without_the_scope_is_not_enough,
    the_scope_is_found_among_others,
    services_are_not_limited_and_not_counted,
    a_service_whose_id_was_erased_is_served,
    only_post_is_taken,
];

async fn who_has_no_token_is_not_let_in(database: Database) {
    let server = Server::start(&database).await;
    for path in SERVICE_PATHS {
        let answer = server.anonymous().post(path, json!({})).await;
        assert_error(&answer, path, 401, "Authentication token is required");
        assert_eq!(answer.header("WWW-Authenticate"), "Bearer");
        let expired = Token::of(new_user_id())
            .claim("scope", "privacy:decide")
            .expiring_in(-10);
        let expired = server.bearer(&expired.sign(SECRET));
        let answer = expired.post(path, json!({})).await;
        assert_error(&answer, path, 401, "Token has expired");
    }
}

async fn a_token_without_the_scope_is_not_enough(database: Database) {
    let server = Server::start(&database).await;
    for path in SERVICE_PATHS {
        let answer = server.new_user().post(path, json!({})).await;
        assert_problem(&answer, 403, "FORBIDDEN");
        assert!(!answer.has_header("WWW-Authenticate"), "{answer}");
        for scope in [
            "",
            "privacy",
            "privacy:admin users:erase",
            "privacy:decide2",
            "privacy:decider aprivacy:decide",
            "PRIVACY:DECIDE",
            "privacy:decide,users:erase",
        ] {
            let answer = with_scope(&server, scope).post(path, json!({})).await;
            assert_problem(&answer, 403, "FORBIDDEN");
        }
    }
}

async fn the_scope_is_found_among_others(database: Database) {
    let server = Server::start(&database).await;
    let check = check(new_user_id(), new_user_id(), "view_profile");
    for scope in [
        "privacy:decide",
        "privacy:decide users:erase",
        "openid privacy:admin privacy:decide",
    ] {
        let service = with_scope(&server, scope);
        assert_eq!(
            decide(&service, vec![check.clone()]).await,
            [yes("everyone")]
        );
    }
}

async fn services_are_not_limited_and_not_counted(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_RATE_LIMITS", "on")]).await;
    let service = service(&server);
    let id = new_user_id();
    let bodies = [
        json!({"checks": [check(id, id, "view_profile")]}),
        json!({"viewer": id, "profiles": []}),
        json!({"sender": id, "receipts": []}),
        json!({"typist": id, "recipients": []}),
        json!({"actor": id, "invitees": []}),
        json!({"senders": []}),
        json!({"subject": {"type": "user", "id": id}, "action": {"name": "view_profile"},
            "resource": {"type": "user", "id": id}}),
        json!({"subject": {"type": "user", "id": id}, "action": {"name": "view_profile"},
            "resource": {"type": "user", "id": id}, "evaluations": []}),
        json!({"subject": {"type": "user", "id": id}, "resource": {"type": "user", "id": id}}),
    ];
    for (path, body) in SERVICE_PATHS.into_iter().zip(bodies) {
        for call in 1..=200 {
            let answer = service.post(path, body.clone()).await;
            assert_eq!(answer.status, 200, "{path}, call {call}: {answer}");
            assert!(!answer.has_header("RateLimit"), "{answer}");
            assert!(!answer.has_header("RateLimit-Policy"), "{answer}");
        }
    }
}

async fn a_service_whose_id_was_erased_is_served(database: Database) {
    let server = Server::start(&database).await;
    let id = new_user_id();
    let token = Token::of(id).claim("scope", "privacy:decide");
    let service = server.bearer(&token.sign(SECRET));
    crate::support::acting::erase(&server.user(id)).await;
    // Known to be erased by now, as a user.
    let settings = "/api/v1/privacy/settings";
    assert_problem(&server.user(id).get(settings).await, 401, "UNAUTHORIZED");
    let check = check(new_user_id(), new_user_id(), "view_profile");
    assert_eq!(decide(&service, vec![check]).await, [yes("everyone")]);
    for path in SERVICE_PATHS {
        let answer = service.post(path, json!([])).await;
        assert_problem(&answer, 400, "INVALID_REQUEST");
    }
}

async fn only_post_is_taken(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for path in SERVICE_PATHS {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = service.request(method, path).send().await;
            assert_problem(&answer, 405, "METHOD_NOT_ALLOWED");
            assert_eq!(answer.header("Allow"), "POST", "{answer}");
        }
    }
}
