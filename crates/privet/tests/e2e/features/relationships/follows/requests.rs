//! Requests to follow: seen and decided by nobody but the one who was asked.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{accept_path, block, call, erase, set, unfollow};
use crate::support::follows::{
    Between, FOLLOWS, become_follower, between, data, made, stats, status,
};
use crate::support::settings::time;
use crate::support::shapes::assert_error;
use crate::support::{Answer, Client, Database, Server, new_user_id};

in_one_setup![
    requests_stand_with_the_one_who_was_asked_newest_first,
    an_accepted_request_is_a_follow,
    a_declined_request_is_gone,
    who_was_declined_can_ask_again,
    nobody_else_can_accept_or_decline,
    a_request_that_was_accepted_is_409,
    a_request_that_is_no_more_is_404,
    there_is_no_request_that_nobody_made,
    what_was_followed_at_once_counts_as_accepted,
    requests_can_be_decided_after_the_account_became_public,
    the_id_of_a_request_may_be_in_upper_case,
];

const PENDING: &str = "/api/v1/e-social/follows/requests/pending";

fn decline_path(id: &str) -> String {
    format!("{FOLLOWS}/requests/{id}/decline")
}

async fn accept(user: &Client, id: &str) -> Answer {
    call(user, Method::POST, &accept_path(id)).await
}

async fn decline(user: &Client, id: &str) -> Answer {
    user.delete(&decline_path(id)).await
}

/// Asks, and answers the id of the request.
async fn ask(follower: &Client, other: &Client) -> String {
    set(other, "isPrivate", true).await;
    let request = made(follower, other).await;
    assert_eq!(request["status"], "PENDING");
    request["id"].as_str().unwrap().to_owned()
}

fn assert_none(answer: &Answer) {
    assert_error(answer, PENDING, 404, "There is no such request.");
}

fn assert_accepted_before(answer: &Answer) {
    assert_error(answer, PENDING, 409, "The request was accepted before.");
}

async fn pending(user: &Client) -> Vec<Value> {
    let page = data(
        &user.get(PENDING).await,
        "Pending requests retrieved successfully",
    );
    page["items"].as_array().unwrap().clone()
}

async fn requests_stand_with_the_one_who_was_asked_newest_first(database: Database) {
    let server = Server::start(&database).await;
    let bob = server.new_user();
    set(&bob, "isPrivate", true).await;
    let mut expected = Vec::new();
    let mut askers = Vec::new();
    for _ in 0..5 {
        let asker = server.new_user();
        expected.insert(0, made(&asker, &bob).await);
        askers.push(asker);
    }
    let told = pending(&bob).await;
    assert_eq!(told, expected);
    assert!(told.is_sorted_by_key(|request| std::cmp::Reverse(time(&request["createdAt"]))));
    for asker in &askers {
        assert_eq!(pending(asker).await, [] as [Value; 0]);
    }
    // Asking again moves nothing; withdrawing takes one out; asking anew puts it first.
    made(&askers[1], &bob).await;
    assert_eq!(pending(&bob).await, expected);
    unfollow(&askers[1], &bob).await;
    expected.remove(3);
    assert_eq!(pending(&bob).await, expected);
    expected.insert(0, made(&askers[1], &bob).await);
    assert_eq!(pending(&bob).await, expected);
}

async fn an_accepted_request_is_a_follow(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&bob, "isPrivate", true).await;
    let mut request = made(&alice, &bob).await;
    let id = request["id"].as_str().unwrap().to_owned();
    let answer = accept(&bob, &id).await;
    request["status"] = json!("ACCEPTED");
    assert_eq!(
        data(&answer, "Follow request accepted successfully"),
        request
    );
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    assert_eq!(pending(&bob).await, [] as [Value; 0]);
    let numbers = stats(&bob, &bob).await;
    assert_eq!(
        (&numbers["followersCount"], &numbers["pendingRequestsCount"]),
        (&json!(1), &json!(0))
    );
}

async fn a_declined_request_is_gone(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let id = ask(&alice, &bob).await;
    let answer = decline(&bob, &id).await;
    assert_eq!(
        data(&answer, "Follow request declined successfully"),
        json!(null)
    );
    assert_eq!(status(&alice, &bob).await, "NONE");
    assert_eq!(pending(&bob).await, [] as [Value; 0]);
    assert_eq!(stats(&bob, &bob).await["followersCount"], 0);
}

async fn who_was_declined_can_ask_again(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let first = ask(&alice, &bob).await;
    decline(&bob, &first).await;
    let second = ask(&alice, &bob).await;
    assert_ne!(first, second);
    assert_none(&accept(&bob, &first).await);
    assert_eq!(accept(&bob, &second).await.status, 200);
}

async fn nobody_else_can_accept_or_decline(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    let id = ask(&alice, &bob).await;
    for other in [&alice, &carol] {
        assert_none(&accept(other, &id).await);
        assert_none(&decline(other, &id).await);
    }
    assert_eq!(status(&alice, &bob).await, "PENDING");
    accept(&bob, &id).await;
    // Nor do they learn that it was decided.
    for other in [&alice, &carol] {
        assert_none(&accept(other, &id).await);
        assert_none(&decline(other, &id).await);
    }
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
}

async fn a_request_that_was_accepted_is_409(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let id = ask(&alice, &bob).await;
    assert_eq!(accept(&bob, &id).await.status, 200);
    for _ in 0..2 {
        assert_accepted_before(&accept(&bob, &id).await);
        assert_accepted_before(&decline(&bob, &id).await);
    }
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
}

async fn a_request_that_is_no_more_is_404(database: Database) {
    let server = Server::start(&database).await;
    let bob = server.new_user();
    let askers = [(); 6].map(|()| server.new_user());
    let mut ids = Vec::new();
    for asker in &askers {
        ids.push(ask(asker, &bob).await);
    }
    decline(&bob, &ids[0]).await;
    unfollow(&askers[1], &bob).await;
    block(&bob, &askers[2]).await;
    block(&askers[3], &bob).await;
    erase(&askers[4]).await;
    accept(&bob, &ids[5]).await;
    unfollow(&askers[5], &bob).await;
    for id in &ids {
        assert_none(&accept(&bob, id).await);
        assert_none(&decline(&bob, id).await);
    }
}

async fn there_is_no_request_that_nobody_made(database: Database) {
    let server = Server::start(&database).await;
    let bob = server.new_user();
    for id in [new_user_id(), bob.id(), Uuid::nil(), Uuid::max()] {
        assert_none(&accept(&bob, &id.to_string()).await);
        assert_none(&decline(&bob, &id.to_string()).await);
    }
}

async fn what_was_followed_at_once_counts_as_accepted(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let id = made(&alice, &bob).await["id"].as_str().unwrap().to_owned();
    assert_accepted_before(&accept(&bob, &id).await);
    assert_accepted_before(&decline(&bob, &id).await);
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
}

async fn requests_can_be_decided_after_the_account_became_public(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    let ids = [ask(&alice, &bob).await, ask(&carol, &bob).await];
    set(&bob, "isPrivate", false).await;
    assert_eq!(pending(&bob).await.len(), 2);
    assert_eq!(accept(&bob, &ids[0]).await.status, 200);
    assert_eq!(decline(&bob, &ids[1]).await.status, 200);
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    assert_eq!(status(&carol, &bob).await, "NONE");
}

async fn the_id_of_a_request_may_be_in_upper_case(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&bob, &alice).await;
    between(&carol, &bob, Between::Request).await;
    let ids = [ask(&alice, &bob).await, ask(&carol, &bob).await];
    assert_eq!(accept(&bob, &ids[0].to_uppercase()).await.status, 200);
    assert_eq!(decline(&bob, &ids[1].to_uppercase()).await.status, 200);
}
