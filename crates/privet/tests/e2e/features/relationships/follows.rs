//! Follows: following at once or by request, and ending it. Requests, lists, pages, numbers and
//! refusals have files of their own.

mod cursors;
mod lists;
mod numbers;
mod pages;
mod refusals;
mod requests;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::acting::{accept, call, follow, follow_path, set, unfollow};
use crate::support::follows::{
    Between, FOLLOWS, become_follower, between, data, made, stats, status,
};
use crate::support::settings::{history, time};
use crate::support::{Answer, Database, Server, new_user_id};

in_one_setup![
    a_public_account_is_followed_at_once,
    a_private_account_is_asked_first,
    following_again_changes_nothing,
    a_request_is_accepted_by_asking_again_once_the_account_is_public,
    somebody_never_seen_can_be_followed,
    unfollowing_ends_a_follow,
    a_request_can_be_withdrawn,
    who_unfollowed_can_follow_anew,
    an_account_that_becomes_private_keeps_its_followers,
    an_account_that_becomes_public_keeps_its_requests_as_they_are,
    following_is_no_setting_and_leaves_no_history,
    an_id_in_upper_case_means_the_same_user,
];

async fn a_public_account_is_followed_at_once(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    assert_eq!(made(&alice, &bob).await["status"], "ACCEPTED");
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    // In this direction only.
    assert_eq!(status(&bob, &alice).await, "NONE");
}

async fn a_private_account_is_asked_first(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&bob, "isPrivate", true).await;
    assert_eq!(made(&alice, &bob).await["status"], "PENDING");
    assert_eq!(status(&alice, &bob).await, "PENDING");
    assert_eq!(status(&bob, &alice).await, "NONE");
}

async fn following_again_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let (alice, public, private) = (server.new_user(), server.new_user(), server.new_user());
    set(&private, "isPrivate", true).await;
    for other in [&public, &private] {
        let first = made(&alice, other).await;
        for _ in 0..3 {
            assert_eq!(made(&alice, other).await, first);
        }
    }
    let follow = made(&alice, &private).await;
    accept(&private, follow["id"].as_str().unwrap()).await;
    let accepted = made(&alice, &private).await;
    assert_eq!(
        (&accepted["id"], &accepted["createdAt"]),
        (&follow["id"], &follow["createdAt"])
    );
    assert_eq!(accepted["status"], "ACCEPTED");
    let stats = stats(&alice, &alice).await;
    assert_eq!(stats["followingCount"], 2);
}

async fn a_request_is_accepted_by_asking_again_once_the_account_is_public(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&bob, "isPrivate", true).await;
    let asked = made(&alice, &bob).await;
    set(&bob, "isPrivate", false).await;
    let again = made(&alice, &bob).await;
    assert_eq!(again["status"], "ACCEPTED");
    for member in ["id", "createdAt"] {
        assert_eq!(again[member], asked[member]);
    }
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    assert_eq!(stats(&bob, &bob).await["pendingRequestsCount"], 0);
}

async fn somebody_never_seen_can_be_followed(database: Database) {
    let server = Server::start(&database).await;
    let (alice, unseen) = (server.new_user(), server.user(new_user_id()));
    assert_eq!(made(&alice, &unseen).await["status"], "ACCEPTED");
    assert_eq!(
        database
            .number("SELECT count(*) AS number FROM users")
            .await,
        1
    );
    // It stands when they come.
    assert_eq!(stats(&unseen, &unseen).await["followersCount"], 1);
}

/// The whole answer to ending something.
fn assert_unfollowed(answer: &Answer) {
    assert_eq!(data(answer, "User unfollowed successfully"), json!(null));
}

async fn unfollowing_ends_a_follow(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_follower(&alice, &bob).await;
    become_follower(&bob, &alice).await;
    assert_unfollowed(&alice.delete(&follow_path(bob.id())).await);
    assert_eq!(status(&alice, &bob).await, "NONE");
    assert_eq!(status(&bob, &alice).await, "ACCEPTED");
    assert_eq!(stats(&bob, &bob).await["followersCount"], 0);
}

async fn a_request_can_be_withdrawn(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    between(&alice, &bob, Between::Request).await;
    assert_unfollowed(&alice.delete(&follow_path(bob.id())).await);
    assert_eq!(status(&alice, &bob).await, "NONE");
    assert_eq!(stats(&bob, &bob).await["pendingRequestsCount"], 0);
}

async fn who_unfollowed_can_follow_anew(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let first = made(&alice, &bob).await;
    unfollow(&alice, &bob).await;
    set(&bob, "isPrivate", true).await;
    // Having been accepted once counts for nothing.
    let second = made(&alice, &bob).await;
    assert_eq!(second["status"], "PENDING");
    assert_ne!(first["id"], second["id"]);
    assert!(time(&first["createdAt"]) < time(&second["createdAt"]));
}

async fn an_account_that_becomes_private_keeps_its_followers(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let before = made(&alice, &bob).await;
    set(&bob, "isPrivate", true).await;
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    assert_eq!(made(&alice, &bob).await, before);
    assert_eq!(stats(&alice, &bob).await["followersCount"], 1);
}

async fn an_account_that_becomes_public_keeps_its_requests_as_they_are(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    between(&alice, &bob, Between::Request).await;
    set(&bob, "isPrivate", false).await;
    assert_eq!(status(&alice, &bob).await, "PENDING");
    let numbers = stats(&bob, &bob).await;
    assert_eq!(
        (&numbers["followersCount"], &numbers["pendingRequestsCount"]),
        (&json!(0), &json!(1))
    );
    // And private again.
    set(&bob, "isPrivate", true).await;
    assert_eq!(status(&alice, &bob).await, "PENDING");
}

async fn following_is_no_setting_and_leaves_no_history(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    follow(&alice, &bob).await;
    unfollow(&alice, &bob).await;
    for user in [&alice, &bob] {
        assert_eq!(history(user).await, [] as [Value; 0]);
    }
}

async fn an_id_in_upper_case_means_the_same_user(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let upper = bob.id().to_string().to_uppercase();
    let answer = call(&alice, Method::POST, &format!("{FOLLOWS}/{upper}")).await;
    assert_eq!(answer.json()["data"]["followingId"], bob.id().to_string());
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    for list in ["check", "stats", "followers", "following"] {
        let [in_upper, in_lower] =
            [upper.clone(), bob.id().to_string()].map(|id| format!("{FOLLOWS}/{list}/{id}"));
        let told = alice.get(&in_upper).await.json();
        assert_eq!(told["data"], alice.get(&in_lower).await.json()["data"]);
    }
    let answer = alice.delete(&format!("{FOLLOWS}/{upper}")).await;
    assert_unfollowed(&answer);
    assert_eq!(status(&alice, &bob).await, "NONE");
    let upper = alice.id().to_string().to_uppercase();
    let answer = call(&alice, Method::POST, &format!("{FOLLOWS}/{upper}")).await;
    assert_eq!(answer.status, 400, "{answer}");
}
