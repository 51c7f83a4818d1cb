//! What there is between two, and how many follow whom.

use serde_json::json;

use crate::support::acting::{block, set};
use crate::support::follows::{Between, FOLLOWS, become_follower, between, stats, status};
use crate::support::{Database, Server, new_user_id};

in_one_setup![
    what_there_is_to_somebody_is_told_as_it_stands,
    nobody_follows_themselves,
    who_was_never_seen_has_and_is_nothing,
    followers_and_followed_are_counted_apart,
    requests_are_counted_for_oneself_only,
    requests_count_as_neither_followers_nor_followed,
    everybody_may_see_the_numbers,
];

async fn what_there_is_to_somebody_is_told_as_it_stands(database: Database) {
    let server = Server::start(&database).await;
    for (wanted, told) in [
        (Between::Nothing, "NONE"),
        (Between::Request, "PENDING"),
        (Between::Follow, "ACCEPTED"),
    ] {
        let (alice, bob) = (server.new_user(), server.new_user());
        between(&alice, &bob, wanted).await;
        assert_eq!(status(&alice, &bob).await, told);
        assert_eq!(status(&bob, &alice).await, "NONE");
    }
}

async fn nobody_follows_themselves(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    assert_eq!(status(&alice, &alice).await, "NONE");
}

async fn who_was_never_seen_has_and_is_nothing(database: Database) {
    let server = Server::start(&database).await;
    let (alice, unseen) = (server.new_user(), server.user(new_user_id()));
    assert_eq!(status(&alice, &unseen).await, "NONE");
    let numbers = json!({"userId": unseen.id(), "followersCount": 0, "followingCount": 0});
    assert_eq!(stats(&alice, &unseen).await, numbers);
    let stored = database
        .number("SELECT count(*) AS number FROM users")
        .await;
    assert_eq!(stored, 1);
}

async fn followers_and_followed_are_counted_apart(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for _ in 0..3 {
        become_follower(&server.new_user(), &alice).await;
    }
    for _ in 0..2 {
        become_follower(&alice, &server.new_user()).await;
    }
    let numbers = json!({"userId": alice.id(), "followersCount": 3, "followingCount": 2,
        "pendingRequestsCount": 0});
    assert_eq!(stats(&alice, &alice).await, numbers);
}

async fn requests_are_counted_for_oneself_only(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, follower) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&follower, &bob).await;
    between(&alice, &bob, Between::Request).await;
    let own = json!({"userId": bob.id(), "followersCount": 1, "followingCount": 0,
        "pendingRequestsCount": 1});
    assert_eq!(stats(&bob, &bob).await, own);
    let others = json!({"userId": bob.id(), "followersCount": 1, "followingCount": 0});
    for viewer in [&alice, &follower, &server.new_user()] {
        assert_eq!(stats(viewer, &bob).await, others);
    }
    // Upper case is oneself, too.
    let upper = bob.id().to_string().to_uppercase();
    let answer = bob.get(&format!("{FOLLOWS}/stats/{upper}")).await;
    assert_eq!(answer.json()["data"], own);
}

async fn requests_count_as_neither_followers_nor_followed(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    between(&alice, &bob, Between::Request).await;
    let asker = json!({"userId": alice.id(), "followersCount": 0, "followingCount": 0,
        "pendingRequestsCount": 0});
    assert_eq!(stats(&alice, &alice).await, asker);
    assert_eq!(stats(&bob, &bob).await["followersCount"], 0);
}

async fn everybody_may_see_the_numbers(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, follower) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&follower, &bob).await;
    set(&bob, "isPrivate", true).await;
    block(&bob, &alice).await;
    let numbers = json!({"userId": bob.id(), "followersCount": 1, "followingCount": 0});
    assert_eq!(stats(&alice, &bob).await, numbers);
}
