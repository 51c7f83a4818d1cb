//! Follows that there cannot be: why not is told only where it gives nothing away.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::acting::{block, call, erase, follow_path, set};
use crate::support::contacts_and_blocks::NO_IDS;
use crate::support::follows::{FOLLOWS, become_follower};
use crate::support::settings::names;
use crate::support::shapes::{assert_error, assert_error_type};
use crate::support::{Answer, Client, Database, Server, new_user_id};

in_one_setup![
    nobody_can_follow_themselves,
    nobody_has_themselves_to_unfollow_or_to_remove,
    blocked_by_and_blocking_and_erased_look_alike,
    what_a_block_refuses_leaves_nothing_behind,
    where_there_is_nothing_to_end_it_is_404,
    with_somebody_erased_everything_is_404,
    an_id_that_is_none_is_refused,
    the_slash_at_the_end_makes_no_difference,
];

const NONE: &str = "There is no such user, follow or request.";

fn assert_none(answer: &Answer) {
    assert_error(answer, FOLLOWS, 404, NONE);
}

async fn follow(follower: &Client, other: &Client) -> Answer {
    call(follower, Method::POST, &follow_path(other.id())).await
}

/// Asserts that the answer refuses this parameter, in the envelope.
fn assert_refused(answer: &Answer, parameter: &str, message: &str) {
    assert_eq!(answer.status, 400, "{answer}");
    assert_error_type(answer, FOLLOWS);
    let body = answer.json();
    let whole = json!({"success": false, "httpStatus": "BAD_REQUEST",
        "message": format!("{parameter}: {message}"), "action_time": body["action_time"],
        "data": {parameter: message}});
    assert_eq!(body, whole, "{answer}");
}

async fn nobody_can_follow_themselves(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for private in [false, true] {
        set(&alice, "isPrivate", private).await;
        assert_refused(
            &follow(&alice, &alice).await,
            "userId",
            "must be somebody else",
        );
    }
    let stored = database
        .number("SELECT count(*) AS number FROM follows")
        .await;
    assert_eq!(stored, 0);
}

async fn nobody_has_themselves_to_unfollow_or_to_remove(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    assert_none(&alice.delete(&follow_path(alice.id())).await);
    let follower = format!("{FOLLOWS}/followers/{}", alice.id());
    assert_none(&alice.delete(&follower).await);
}

async fn blocked_by_and_blocking_and_erased_look_alike(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut seen: Vec<(Value, Vec<String>)> = Vec::new();
    for private in [false, true] {
        let [blocking, blocked, erased] = [(); 3].map(|()| server.new_user());
        for other in [&blocking, &blocked, &erased] {
            set(other, "isPrivate", private).await;
        }
        block(&blocking, &alice).await;
        block(&alice, &blocked).await;
        erase(&erased).await;
        for other in [&blocking, &blocked, &erased] {
            let answer = follow(&alice, other).await;
            assert_none(&answer);
            let mut body = answer.json();
            body["action_time"].take();
            let mut fields: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            fields.sort();
            seen.push((body, fields));
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(names(&seen[0].0).len(), 5);
}

async fn what_a_block_refuses_leaves_nothing_behind(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    block(&bob, &alice).await;
    assert_none(&follow(&alice, &bob).await);
    assert_none(&follow(&bob, &alice).await);
    let stored = database
        .number("SELECT count(*) AS number FROM follows")
        .await;
    assert_eq!(stored, 0);
}

async fn where_there_is_nothing_to_end_it_is_404(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    // Being followed is not following.
    become_follower(&bob, &alice).await;
    for other in [&bob, &server.user(new_user_id())] {
        assert_none(&alice.delete(&follow_path(other.id())).await);
    }
}

async fn with_somebody_erased_everything_is_404(database: Database) {
    let server = Server::start(&database).await;
    let (alice, erased, never) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&alice, &erased).await;
    become_follower(&erased, &alice).await;
    for erased in [erased, never] {
        erase(&erased).await;
        let id = erased.id();
        for (method, path) in [
            (Method::POST, follow_path(id)),
            (Method::DELETE, follow_path(id)),
            (Method::DELETE, format!("{FOLLOWS}/followers/{id}")),
            (Method::GET, format!("{FOLLOWS}/followers/{id}")),
            (Method::GET, format!("{FOLLOWS}/following/{id}")),
            (Method::GET, format!("{FOLLOWS}/check/{id}")),
            (Method::GET, format!("{FOLLOWS}/stats/{id}")),
        ] {
            assert_none(&call(&alice, method, &path).await);
        }
    }
}

/// Every method and path with an id in it.
fn calls(id: &str) -> [(Method, &'static str, String); 9] {
    [
        (Method::POST, "userId", format!("{FOLLOWS}/{id}")),
        (Method::DELETE, "userId", format!("{FOLLOWS}/{id}")),
        (Method::GET, "userId", format!("{FOLLOWS}/followers/{id}")),
        (
            Method::DELETE,
            "userId",
            format!("{FOLLOWS}/followers/{id}"),
        ),
        (Method::GET, "userId", format!("{FOLLOWS}/following/{id}")),
        (Method::GET, "userId", format!("{FOLLOWS}/check/{id}")),
        (Method::GET, "userId", format!("{FOLLOWS}/stats/{id}")),
        (
            Method::POST,
            "followId",
            format!("{FOLLOWS}/requests/{id}/accept"),
        ),
        (
            Method::DELETE,
            "followId",
            format!("{FOLLOWS}/requests/{id}/decline"),
        ),
    ]
}

async fn an_id_that_is_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for id in NO_IDS {
        for (method, parameter, path) in calls(id) {
            let answer = call(&alice, method, &path).await;
            assert_refused(&answer, parameter, "must be a UUID");
        }
    }
}

async fn the_slash_at_the_end_makes_no_difference(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let id = new_user_id().to_string();
    for (method, _, path) in calls(&id) {
        // Twice the same, so that both forms meet what the other left.
        call(&alice, method.clone(), &path).await;
        let without = call(&alice, method.clone(), &path).await;
        let with = call(&alice, method.clone(), &format!("{path}/")).await;
        let [without, with] = [without, with].map(|answer| {
            let mut body = answer.json();
            body["action_time"].take();
            (answer.status, body)
        });
        assert_eq!(without, with, "{method} {path}");
    }
}
