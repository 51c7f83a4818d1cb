//! Following and being followed, with a check of each response.

use reqwest::Method;
use serde_json::{Value, json};

use super::acting::{accept, call, follow_path, set};
use super::settings::{id, time};
use crate::support::{Answer, Client};

pub const FOLLOWS: &str = "/api/v1/e-social/follows";

/// What an answer, which must be a success with this message, holds.
pub fn data(answer: &Answer, message: &str) -> Value {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    assert_eq!(answer.header("Cache-Control"), "private, no-cache");
    let body = answer.json();
    let whole = json!({"success": true, "httpStatus": "OK", "message": message,
        "action_time": body["action_time"], "data": body["data"]});
    assert_eq!(body, whole, "{answer}");
    time(&body["action_time"]);
    body["data"].clone()
}

/// Follows somebody, or asks to, and answers the follow.
pub async fn made(follower: &Client, other: &Client) -> Value {
    let answer = call(follower, Method::POST, &follow_path(other.id())).await;
    let message = match answer.json()["data"]["status"].as_str() {
        Some("PENDING") => "Follow request sent successfully",
        _ => "User followed successfully",
    };
    let follow = data(&answer, message);
    let whole = json!({"id": id(&follow["id"]), "followerId": follower.id(),
        "followingId": other.id(), "status": follow["status"], "createdAt": follow["createdAt"]});
    assert_eq!(follow, whole);
    assert!(time(&follow["createdAt"]) <= time(&answer.json()["action_time"]));
    follow
}

/// What one is told about following the other.
pub async fn status(one: &Client, other: &Client) -> String {
    let answer = one.get(&format!("{FOLLOWS}/check/{}", other.id())).await;
    let check = data(&answer, "Follow status retrieved successfully");
    let status = check["status"].as_str().unwrap().to_owned();
    let whole =
        json!({"userId": other.id(), "isFollowing": status == "ACCEPTED", "status": status});
    assert_eq!(check, whole);
    status
}

/// The numbers of somebody.
pub async fn stats(viewer: &Client, of: &Client) -> Value {
    let answer = viewer.get(&format!("{FOLLOWS}/stats/{}", of.id())).await;
    data(&answer, "Follow statistics retrieved successfully")
}

/// Follows somebody, and is accepted.
pub async fn become_follower(follower: &Client, other: &Client) {
    let follow = made(follower, other).await;
    if follow["status"] == "PENDING" {
        accept(other, follow["id"].as_str().unwrap()).await;
    }
}

/// What there may be between two, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    Nothing,
    Request,
    Follow,
}

impl Between {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Request, Self::Follow];
}

/// Brings it about. Who is asked has a private account from then on.
pub async fn between(follower: &Client, other: &Client, wanted: Between) {
    match wanted {
        Between::Nothing => {}
        Between::Follow => become_follower(follower, other).await,
        Between::Request => {
            set(other, "isPrivate", true).await;
            assert_eq!(made(follower, other).await["status"], "PENDING");
        }
    }
}
