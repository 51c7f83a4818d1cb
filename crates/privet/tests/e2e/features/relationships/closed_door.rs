//! A block looks like a closed door: whoever is blocked is told what a private account with everything off would tell
//! them, whatever the account was before.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::acting::{block, call, close_everything, follow, follow_path, set, unblock};
use crate::support::asking::{ACTIONS, service};
use crate::support::follows::{become_follower, stats, status};
use crate::support::{Answer, Client, Database, Server};

in_every_setup![
    nothing_that_who_is_blocked_can_ask_tells_a_block_from_a_closed_account,
    who_blocks_is_shown_nothing_of_the_request_until_the_block_is_lifted,
    a_request_that_is_withheld_can_be_neither_accepted_nor_declined,
];

const FOLLOWS: &str = "/api/v1/e-social/follows";
const PENDING: &str = "/api/v1/e-social/follows/requests/pending";

/// What an answer tells, but the time and the ids of whom it is about.
fn told(answer: &Answer, owner: &Client) -> (u16, String, Vec<String>) {
    let mut body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    if let Some(time) = body.get_mut("action_time") {
        time.take();
    }
    if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
        for member in ["id", "createdAt"] {
            if let Some(value) = data.get_mut(member) {
                value.take();
            }
        }
    }
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    let body = body.to_string().replace(&owner.id().to_string(), "OWNER");
    (answer.status, body, names)
}

/// Everything that a viewer can ask about an owner, in an order in which each question finds what the one before left.
async fn ask_everything(viewer: &Client, owner: &Client) -> Vec<(u16, String, Vec<String>)> {
    let id = owner.id();
    let access = format!("/api/v1/privacy/users/{id}/access");
    let check = format!("{FOLLOWS}/check/{id}");
    let asked = [
        (Method::GET, access),
        (Method::GET, format!("{FOLLOWS}/followers/{id}")),
        (Method::GET, format!("{FOLLOWS}/following/{id}")),
        (Method::GET, check.clone()),
        (Method::POST, follow_path(id)),
        (Method::GET, check.clone()),
        (Method::POST, follow_path(id)),
        (Method::GET, format!("{FOLLOWS}/stats/{id}")),
        (Method::DELETE, follow_path(id)),
        (Method::DELETE, follow_path(id)),
        (Method::GET, check),
        (Method::GET, format!("/api/v1/contacts/{id}")),
        (Method::PUT, format!("/api/v1/contacts/{id}")),
    ];
    let mut all = Vec::new();
    for (method, path) in asked {
        let answer = call(viewer, method, &path).await;
        all.push(told(&answer, owner));
    }
    all
}

async fn nothing_that_who_is_blocked_can_ask_tells_a_block_from_a_closed_account(
    database: Database,
) {
    let server = Server::start(&database).await;
    for was_private in [false, true] {
        let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
        become_follower(&alice, &blocking).await;
        set(&blocking, "isPrivate", was_private).await;
        close_everything(&closed).await;
        block(&blocking, &alice).await;
        let expected = ask_everything(&alice, &closed).await;
        assert!(expected[0].1.contains("false") && !expected[0].1.contains("true"));
        let mut found = ask_everything(&alice, &blocking).await;
        // A contact's time differs, and nothing else of it.
        let (last, expected_last) = (found.pop().unwrap(), expected.last().unwrap());
        assert_eq!((last.0, &last.2), (expected_last.0, &expected_last.2));
        assert_eq!(found, expected[..found.len()]);
    }
}

async fn who_blocks_is_shown_nothing_of_the_request_until_the_block_is_lifted(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    block(&bob, &alice).await;
    let before = bob.get("/api/v1/users/me/export").await.json();
    let id = follow(&alice, &bob).await;
    assert_eq!(follow(&alice, &bob).await, id);
    assert_eq!(status(&alice, &bob).await, "PENDING");
    let sent = alice.get("/api/v1/users/me/export").await.json();
    assert_eq!(sent["follows"][0]["status"], "PENDING");
    let pending = bob.get(PENDING).await.json();
    assert_eq!(pending["data"]["totalItems"], 0);
    assert_eq!(stats(&bob, &bob).await["pendingRequestsCount"], 0);
    let mut after = bob.get("/api/v1/users/me/export").await.json();
    after["exported_at"] = before["exported_at"].clone();
    assert_eq!(after, before);
    unblock(&bob, &alice).await;
    let pending = bob.get(PENDING).await.json();
    assert_eq!(pending["data"]["items"][0]["id"], json!(id));
    assert_eq!(stats(&bob, &bob).await["pendingRequestsCount"], 1);
    assert_eq!(status(&alice, &bob).await, "PENDING");
    // The account is public: asking again is enough.
    follow(&alice, &bob).await;
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
}

async fn a_request_that_is_withheld_can_be_neither_accepted_nor_declined(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    block(&bob, &alice).await;
    let id = follow(&alice, &bob).await;
    for (method, what) in [(Method::POST, "accept"), (Method::DELETE, "decline")] {
        let path = format!("{FOLLOWS}/requests/{id}/{what}");
        assert_eq!(call(&bob, method, &path).await.status, 404);
    }
    // Blocking again changes nothing; for the services it is a block as before.
    block(&bob, &alice).await;
    assert_eq!(status(&alice, &bob).await, "PENDING");
    let checks = ACTIONS.map(|action| crate::support::asking::check(alice.id(), bob.id(), action));
    let decisions = crate::support::asking::decide(&service(&server), checks.into()).await;
    assert!(
        decisions
            .iter()
            .all(|(allowed, reason)| !allowed && reason == "blocked")
    );
}
