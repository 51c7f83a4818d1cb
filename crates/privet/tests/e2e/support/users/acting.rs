//! What users do that decisions depend on, each through the API.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::asking::with_scope;
use crate::support::{Answer, Client, Server};

/// One of the settings that decisions are made by, under the name that its own path has for it.
pub async fn try_set(user: &Client, setting: &str, value: impl Into<Value>) -> Answer {
    let value = value.into();
    match setting {
        "allow_email_contact" => {
            let path = "/api/users/me/privacy-settings/";
            user.patch(path, json!({setting: value})).await
        }
        "isPrivate" => {
            let path = "/api/v1/e-social/privacy/account";
            user.put(path, json!({setting: value})).await
        }
        _ => {
            let body = json!({"setting": setting, "value": value});
            user.put("/api/v1/privacy/settings", body).await
        }
    }
}

/// The same, which must succeed.
pub async fn set(user: &Client, setting: &str, value: impl Into<Value>) {
    let answer = try_set(user, setting, value).await;
    assert_eq!(answer.status, 200, "{setting}: {answer}");
}

/// Every setting as closed as it can be.
pub async fn close_everything(user: &Client) {
    let settings = json!({"show_read_receipts": false, "show_last_seen": false,
        "show_typing_indicator": false, "who_can_see_profile": "nobody",
        "who_can_add_to_groups": "nobody"});
    let answer = user
        .put("/api/v1/privacy/settings", json!({"settings": settings}))
        .await;
    assert_eq!(answer.status, 200, "{answer}");
    set(user, "allow_email_contact", false).await;
    set(user, "isPrivate", true).await;
}

/// A request without a body.
pub async fn call(user: &Client, method: Method, path: &str) -> Answer {
    user.request(method, path).send().await
}

async fn succeed(user: &Client, method: Method, path: String) -> Answer {
    let answer = call(user, method, &path).await;
    assert!((200..300).contains(&answer.status), "{path}: {answer}");
    answer
}

/// Adds somebody to one's contacts.
pub async fn add_contact(owner: &Client, contact: &Client) {
    succeed(owner, Method::PUT, contact_path(contact.id())).await;
}

/// Takes somebody out of one's contacts.
pub async fn remove_contact(owner: &Client, contact: &Client) {
    succeed(owner, Method::DELETE, contact_path(contact.id())).await;
}

/// Each adds the other.
pub async fn become_mutual_contacts(one: &Client, other: &Client) {
    add_contact(one, other).await;
    add_contact(other, one).await;
}

/// Marks a contact as a close friend, or takes the mark away.
pub async fn mark_close_friend(owner: &Client, contact: &Client, close_friend: bool) {
    let body = json!({"close_friend": close_friend});
    let answer = owner.patch(&contact_path(contact.id()), body).await;
    assert_eq!(answer.status, 200, "{answer}");
}

/// Puts somebody into these cohorts, and no others, as a service does.
pub async fn classify(server: &Server, user: &Client, cohorts: &[&str]) {
    let body = json!({"cohorts": cohorts});
    let classifier = with_scope(server, "users:classify");
    let answer = classifier.put(&cohorts_path(user.id()), body.clone()).await;
    assert_eq!((answer.status, answer.json()), (200, body), "{answer}");
}

/// Blocks somebody.
pub async fn block(blocker: &Client, other: &Client) {
    succeed(blocker, Method::PUT, block_path(other.id())).await;
}

/// Lifts a block.
pub async fn unblock(blocker: &Client, other: &Client) {
    succeed(blocker, Method::DELETE, block_path(other.id())).await;
}

/// Sets the exceptions for a person.
pub async fn except(owner: &Client, person: &Client, exceptions: Value) {
    let body = json!({"exceptions": exceptions});
    let answer = owner.put(&exceptions_path(person.id()), body).await;
    assert!((200..300).contains(&answer.status), "{answer}");
}

/// Follows somebody, or asks to. Answers the follow's id.
pub async fn follow(follower: &Client, other: &Client) -> String {
    let answer = succeed(follower, Method::POST, follow_path(other.id())).await;
    answer.json()["data"]["id"].as_str().unwrap().to_owned()
}

/// Unfollows somebody.
pub async fn unfollow(follower: &Client, other: &Client) {
    succeed(follower, Method::DELETE, follow_path(other.id())).await;
}

/// Removes a follower.
pub async fn remove_follower(owner: &Client, follower: &Client) {
    let path = format!("/api/v1/e-social/follows/followers/{}", follower.id());
    succeed(owner, Method::DELETE, path).await;
}

/// Accepts a request.
pub async fn accept(followed: &Client, id: &str) {
    succeed(followed, Method::POST, accept_path(id)).await;
}

/// Erases oneself.
pub async fn erase(user: &Client) {
    succeed(user, Method::DELETE, "/api/v1/users/me".to_owned()).await;
}

/// Where one of one's contacts is.
pub fn contact_path(id: Uuid) -> String {
    format!("/api/v1/contacts/{id}")
}

/// The path of somebody's cohorts.
pub fn cohorts_path(id: Uuid) -> String {
    format!("/api/v1/admin/users/{id}/cohorts")
}

/// The path of the exceptions for a person.
pub fn exceptions_path(id: Uuid) -> String {
    format!("/api/v1/privacy/exceptions/{id}")
}

/// Where one of one's blocks is.
pub fn block_path(id: Uuid) -> String {
    format!("/api/v1/blocks/{id}")
}

/// Where one follows somebody.
pub fn follow_path(id: Uuid) -> String {
    format!("/api/v1/e-social/follows/{id}")
}

/// Where a request is accepted.
pub fn accept_path(id: &str) -> String {
    format!("/api/v1/e-social/follows/requests/{id}/accept")
}
