//! A block looks like a closed door: whoever is blocked is told what a private account with everything off would tell
//! them, whatever the account was before.

mod everything;
mod time;
mod work;

use reqwest::Method;
use serde_json::json;

use crate::support::acting::{
    accept, block, call, close_everything, except, follow, follow_path, remove_follower, set,
    unblock, unfollow,
};
use crate::support::asking::{ACTIONS, service};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::follows::{FOLLOWS, become_follower, stats, status};
use crate::support::{Database, Server};

use everything::assert_told_the_same;

// Neither Redis nor a replica keeps any of it: relationships are read from the store by every request.
on_both_stores![
    nothing_that_who_is_blocked_can_ask_tells_a_block_from_a_closed_account,
    an_account_that_is_changed_during_the_block_stays_a_closed_door,
    a_request_that_a_block_ended_looks_declined,
    an_exception_does_not_open_the_door,
    the_actions_of_an_operator_are_refused_behind_the_door,
    who_blocks_is_shown_nothing_of_the_request_until_the_block_is_lifted,
    a_request_that_is_withheld_can_be_neither_accepted_nor_declined,
    a_request_that_is_withheld_outlives_another_block_and_is_answered_once_it_is_lifted,
];

const PENDING: &str = "/api/v1/e-social/follows/requests/pending";

async fn nothing_that_who_is_blocked_can_ask_tells_a_block_from_a_closed_account(
    database: Database,
) {
    let server = Server::start(&database).await;
    for was_private in [false, true] {
        let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
        for owner in [&closed, &blocking] {
            become_follower(&alice, owner).await;
        }
        set(&blocking, "isPrivate", was_private).await;
        close_everything(&closed).await;
        remove_follower(&closed, &alice).await;
        block(&blocking, &alice).await;
        assert_told_the_same(&alice, &closed, &blocking).await;
    }
}

async fn an_account_that_is_changed_during_the_block_stays_a_closed_door(database: Database) {
    let server = Server::start(&database).await;
    let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
    close_everything(&closed).await;
    block(&blocking, &alice).await;
    for is_private in [true, false] {
        // The request that stands meanwhile is not answered by it either.
        follow(&alice, &blocking).await;
        set(&blocking, "isPrivate", is_private).await;
        assert_eq!(status(&alice, &blocking).await, "PENDING");
        unfollow(&alice, &blocking).await;
        assert_told_the_same(&alice, &closed, &blocking).await;
    }
}

async fn a_request_that_a_block_ended_looks_declined(database: Database) {
    let server = Server::start(&database).await;
    let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
    close_everything(&closed).await;
    set(&blocking, "isPrivate", true).await;
    let id = follow(&alice, &closed).await;
    follow(&alice, &blocking).await;
    let path = format!("{FOLLOWS}/requests/{id}/decline");
    assert_eq!(call(&closed, Method::DELETE, &path).await.status, 200);
    block(&blocking, &alice).await;
    for owner in [&closed, &blocking] {
        assert_eq!(status(&alice, owner).await, "NONE");
        let taken_back = call(&alice, Method::DELETE, &follow_path(owner.id())).await;
        assert_eq!(taken_back.status, 404, "{taken_back}");
    }
    assert_told_the_same(&alice, &closed, &blocking).await;
}

async fn an_exception_does_not_open_the_door(database: Database) {
    let server = Server::start(&database).await;
    let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
    close_everything(&closed).await;
    let all = ACTIONS.map(|action| (action.to_owned(), json!("always")));
    except(&blocking, &alice, all.into_iter().collect()).await;
    become_follower(&alice, &blocking).await;
    block(&blocking, &alice).await;
    assert_told_the_same(&alice, &closed, &blocking).await;
    // Nor do exceptions that are made during the block.
    let all = json!({"view_content": "always", "follow_without_approval": "always"});
    except(&blocking, &alice, all).await;
    assert_told_the_same(&alice, &closed, &blocking).await;
}

async fn the_actions_of_an_operator_are_refused_behind_the_door(database: Database) {
    let file = catalogue_file(&json!({
        "settings": {"show_in_search": {"type": "switch", "title": "Search", "description": "Search.", "default": true}},
        "actions": {"find_in_search": {"title": "Find you", "description": "Find you.", "needs": ["show_in_search"]}},
    }));
    let server = start_with_catalogue(&database, &file).await;
    let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
    let access = format!("/api/v1/privacy/users/{}/access", blocking.id());
    let before = alice.get(&access).await.json();
    assert_eq!(before["permissions"]["find_in_search"], true);
    close_everything(&closed).await;
    set(&closed, "show_in_search", false).await;
    block(&blocking, &alice).await;
    assert_told_the_same(&alice, &closed, &blocking).await;
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
    // For the services it is a block as before.
    let checks = ACTIONS.map(|action| crate::support::asking::check(alice.id(), bob.id(), action));
    let decisions = crate::support::asking::decide(&service(&server), checks.into()).await;
    assert!(
        decisions
            .iter()
            .all(|(allowed, reason)| !allowed && reason == "blocked")
    );
}

async fn a_request_that_is_withheld_outlives_another_block_and_is_answered_once_it_is_lifted(
    database: Database,
) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&bob, "isPrivate", true).await;
    block(&bob, &alice).await;
    let id = follow(&alice, &bob).await;
    // Blocking again changes nothing, the request included.
    block(&bob, &alice).await;
    assert_eq!(status(&alice, &bob).await, "PENDING");
    unblock(&bob, &alice).await;
    assert_eq!(stats(&bob, &bob).await["pendingRequestsCount"], 1);
    accept(&bob, &id).await;
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    // A new block ends it, as it does every follow.
    block(&bob, &alice).await;
    unblock(&bob, &alice).await;
    assert_eq!(status(&alice, &bob).await, "NONE");
    // One that is taken back while it is withheld does not come back.
    block(&bob, &alice).await;
    follow(&alice, &bob).await;
    let taken_back = call(&alice, Method::DELETE, &follow_path(bob.id())).await;
    assert_eq!(taken_back.status, 200, "{taken_back}");
    unblock(&bob, &alice).await;
    assert_eq!(stats(&bob, &bob).await["pendingRequestsCount"], 0);
    let gone = call(
        &bob,
        Method::POST,
        &format!("{FOLLOWS}/requests/{id}/accept"),
    )
    .await;
    assert_eq!(gone.status, 404, "{gone}");
}
