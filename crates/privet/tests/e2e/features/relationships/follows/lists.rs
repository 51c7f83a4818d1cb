//! Who is on whose list, who may see it, and taking somebody off it.

use serde_json::{Value, json};

use crate::support::acting::{block, erase, set, unblock, unfollow};
use crate::support::follows::{
    Between, FOLLOWS, become_follower, between, data, made, stats, status,
};
use crate::support::shapes::assert_error;
use crate::support::{Answer, Client, Database, Server, new_user_id};

in_one_setup![
    both_ends_of_a_follow_list_it,
    a_request_is_on_neither_list,
    everybody_may_see_the_lists_of_a_public_account,
    strangers_may_not_see_the_lists_of_a_private_account,
    who_only_asked_to_follow_is_a_stranger,
    whom_a_private_account_follows_is_a_stranger,
    an_accepted_follower_sees_the_lists_of_a_private_account_until_it_ends,
    a_private_account_sees_its_own_lists,
    a_blocked_viewer_sees_no_list,
    who_was_never_seen_has_empty_lists,
    a_follower_can_be_removed,
    a_request_is_no_follower_to_remove,
    whom_one_follows_is_no_follower_to_remove,
];

const PRIVATE: &str = "This is for the account's accepted followers.";

const LISTS: [(&str, &str); 2] = [
    ("followers", "Followers retrieved successfully"),
    ("following", "Following retrieved successfully"),
];

async fn list(viewer: &Client, list: &str, owner: &Client) -> Answer {
    viewer
        .get(&format!("{FOLLOWS}/{list}/{}", owner.id()))
        .await
}

/// Both lists, which the viewer must be able to see.
async fn shown(viewer: &Client, owner: &Client) -> [Vec<Value>; 2] {
    let mut shown = [const { Vec::new() }; 2];
    for (shown, (name, message)) in shown.iter_mut().zip(LISTS) {
        let page = data(&list(viewer, name, owner).await, message);
        shown.clone_from(page["items"].as_array().unwrap());
    }
    shown
}

/// Fails unless both lists are kept from the viewer.
async fn assert_hidden(viewer: &Client, owner: &Client) {
    for (name, _) in LISTS {
        assert_error(&list(viewer, name, owner).await, FOLLOWS, 403, PRIVATE);
    }
}

async fn both_ends_of_a_follow_list_it(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    let one = made(&alice, &bob).await;
    let two = made(&carol, &bob).await;
    let three = made(&alice, &carol).await;
    assert_eq!(
        shown(&alice, &alice).await,
        [vec![], vec![three.clone(), one.clone()]]
    );
    assert_eq!(shown(&bob, &bob).await, [vec![two.clone(), one], vec![]]);
    assert_eq!(shown(&carol, &carol).await, [vec![three], vec![two]]);
}

async fn a_request_is_on_neither_list(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    between(&alice, &bob, Between::Request).await;
    for user in [&alice, &bob] {
        assert_eq!(shown(user, user).await, [[], []] as [[Value; 0]; 2]);
    }
}

async fn everybody_may_see_the_lists_of_a_public_account(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&alice, &bob).await;
    become_follower(&bob, &carol).await;
    let own = shown(&bob, &bob).await;
    assert_eq!(own.each_ref().map(Vec::len), [1, 1]);
    for viewer in [&alice, &carol, &server.new_user()] {
        assert_eq!(shown(viewer, &bob).await, own);
    }
}

async fn strangers_may_not_see_the_lists_of_a_private_account(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let stranger = server.new_user();
    become_follower(&alice, &bob).await;
    set(&bob, "isPrivate", true).await;
    assert_hidden(&stranger, &bob).await;
    set(&bob, "isPrivate", false).await;
    shown(&stranger, &bob).await;
    // That there is nobody on it is not for strangers either.
    let lonely = server.new_user();
    set(&lonely, "isPrivate", true).await;
    assert_hidden(&stranger, &lonely).await;
}

async fn who_only_asked_to_follow_is_a_stranger(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    between(&alice, &bob, Between::Request).await;
    assert_hidden(&alice, &bob).await;
}

async fn whom_a_private_account_follows_is_a_stranger(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_follower(&bob, &alice).await;
    set(&bob, "isPrivate", true).await;
    assert_hidden(&alice, &bob).await;
}

async fn an_accepted_follower_sees_the_lists_of_a_private_account_until_it_ends(
    database: Database,
) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&bob, "isPrivate", true).await;
    become_follower(&alice, &bob).await;
    assert_eq!(shown(&alice, &bob).await, shown(&bob, &bob).await);
    unfollow(&alice, &bob).await;
    assert_hidden(&alice, &bob).await;
    become_follower(&alice, &bob).await;
    shown(&alice, &bob).await;
    bob.delete(&format!("{FOLLOWS}/followers/{}", alice.id()))
        .await;
    assert_hidden(&alice, &bob).await;
}

async fn a_private_account_sees_its_own_lists(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_follower(&alice, &bob).await;
    become_follower(&bob, &alice).await;
    set(&bob, "isPrivate", true).await;
    assert_eq!(shown(&bob, &bob).await.each_ref().map(Vec::len), [1, 1]);
}

async fn a_blocked_viewer_sees_no_list(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let private = server.new_user();
    set(&private, "isPrivate", true).await;
    block(&bob, &alice).await;
    // A public account that blocked the viewer looks as a private one does.
    let mut bodies = Vec::new();
    for owner in [&bob, &private] {
        assert_hidden(&alice, owner).await;
        let mut body = list(&alice, "followers", owner).await.json();
        body["action_time"].take();
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1]);
    // Having blocked somebody changes nothing about what one may see of them.
    shown(&bob, &alice).await;
    unblock(&bob, &alice).await;
    shown(&alice, &bob).await;
}

async fn who_was_never_seen_has_empty_lists(database: Database) {
    let server = Server::start(&database).await;
    let unseen = server.user(new_user_id());
    let lists = shown(&server.new_user(), &unseen).await;
    assert_eq!(lists, [[], []] as [[Value; 0]; 2]);
    let stored = database
        .number("SELECT count(*) AS number FROM users")
        .await;
    assert_eq!(stored, 1);
}

/// Takes somebody off the caller's followers.
async fn remove(user: &Client, follower: &Client) -> Answer {
    user.delete(&format!("{FOLLOWS}/followers/{}", follower.id()))
        .await
}

fn assert_none(answer: &Answer) {
    let message = "There is no such user, follow or request.";
    assert_error(answer, FOLLOWS, 404, message);
}

async fn a_follower_can_be_removed(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    for follower in [&alice, &carol] {
        become_follower(follower, &bob).await;
    }
    become_follower(&bob, &alice).await;
    let answer = remove(&bob, &alice).await;
    assert_eq!(data(&answer, "Follower removed successfully"), json!(null));
    assert_eq!(status(&alice, &bob).await, "NONE");
    // The other direction and other followers stay.
    assert_eq!(status(&bob, &alice).await, "ACCEPTED");
    assert_eq!(status(&carol, &bob).await, "ACCEPTED");
    assert_eq!(stats(&bob, &bob).await["followersCount"], 1);
    assert_none(&remove(&bob, &alice).await);
}

async fn a_request_is_no_follower_to_remove(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    between(&alice, &bob, Between::Request).await;
    assert_none(&remove(&bob, &alice).await);
    assert_eq!(status(&alice, &bob).await, "PENDING");
}

async fn whom_one_follows_is_no_follower_to_remove(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, erased) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&alice, &bob).await;
    become_follower(&erased, &alice).await;
    erase(&erased).await;
    for other in [&bob, &alice, &erased, &server.user(new_user_id())] {
        assert_none(&remove(&alice, other).await);
    }
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
}
