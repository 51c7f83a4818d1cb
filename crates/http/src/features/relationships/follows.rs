//! Endpoints to follow and unfollow users, and to check a follow. Requests are answered in `follows/requests.rs`.

pub mod lists;
mod pages;
pub mod requests;

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::relationships::RelationshipError;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::parameters::UserIdParameter;
use privet_http_core::response::answers::private_no_cache;
use privet_http_core::response::envelope::{Envelope, Nothing};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schemas::FollowCheckStatusSchema;

const ONE: &str = "/api/v1/e-social/follows/{userId}";
const CHECK: &str = "/api/v1/e-social/follows/check/{userId}";

const ABSENT: &str = "There is no such user, follow or request.";

/// A follow, or a request to follow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowResponse {
    /// The id.
    #[schema(format = "uuid")]
    id: String,
    /// The user who follows.
    #[schema(format = "uuid")]
    follower_id: String,
    /// The user who is followed.
    #[schema(format = "uuid")]
    following_id: String,
    /// The status: `PENDING` until it is approved.
    #[schema(value_type = FollowStatusSchema)]
    status: &'static str,
    /// When the follow was requested.
    #[schema(format = "date-time")]
    created_at: String,
}

/// The status of a follow.
#[derive(Serialize, ToSchema)]
#[schema(as = FollowStatus)]
#[serde(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "describes the names that `status_name` gives")]
pub enum FollowStatusSchema {
    /// Requested, not approved yet.
    Pending,
    /// Accepted.
    Accepted,
}

/// The follow of the caller and another user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowCheckResponse {
    /// The other user.
    #[schema(format = "uuid")]
    user_id: String,
    /// Whether the caller is an accepted follower of that user.
    is_following: bool,
    /// `NONE`, `PENDING` or `ACCEPTED`.
    #[schema(value_type = FollowCheckStatusSchema)]
    status: &'static str,
}

/// The name of a status in the API.
pub const fn status_name(status: FollowStatus) -> &'static str {
    match status {
        // The sender of a withheld request sees a pending one.
        FollowStatus::Pending | FollowStatus::Withheld => "PENDING",
        FollowStatus::Accepted => "ACCEPTED",
    }
}

impl From<Follow> for FollowResponse {
    fn from(follow: Follow) -> Self {
        Self {
            id: follow.id.to_string(),
            follower_id: follow.follower_id.to_string(),
            following_id: follow.following_id.to_string(),
            status: status_name(follow.status),
            created_at: follow.created_at.to_string(),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_follow>(Caller::User(Limit::General), |route| route.to(follow))
            .with_failures(|| {
                vec![
                    Failure::absent(
                        "The other user was erased, or the caller blocked them.",
                        ABSENT,
                    ),
                    Failure::oneself(),
                ]
            }),
        Endpoint::new::<__path_unfollow>(Caller::User(Limit::General), |route| route.to(unfollow))
            .with_failures(|| {
                vec![Failure::absent(
                    "The caller neither follows that user nor has a request to them, or the user was erased.",
                    ABSENT,
                )]
            }),
        Endpoint::new::<__path_check_follow>(Caller::User(Limit::General), |route| {
            route.to(check_follow)
        })
        .with_failures(|| vec![Failure::absent("That user was erased.", ABSENT)]),
    ]
}

fn failed(error: RelationshipError) -> ApiError {
    ApiError::of_relationship(ABSENT)(error)
}

fn enveloped(privet: &Privet, message: &'static str, data: impl Serialize) -> HttpResponse {
    let body = Envelope::ok(message, data, privet.clock.now());
    private_no_cache(actix_web::http::StatusCode::OK, body)
}

/// Follow a user
///
/// Follows a public account at once; sends a request to a private account. The call is idempotent; a repeated
/// request is accepted if the account has become public. The answer is 404 if the caller blocked the user, or if the
/// user was erased. A user who blocked the caller looks like a private account that never answers.
#[utoipa::path(
    post, path = ONE, operation_id = "follow", tag = "follows",
    params(("userId" = Uuid, Path, description = "The user to follow; not the caller.")),
    responses(
        (status = 200, description = "The follow, or the request.", body = Envelope<FollowResponse>,
            links(
                ("check" = (operation_id = "check_follow", parameters(("userId" = "$response.body#/data/followingId")))),
                ("undo" = (operation_id = "unfollow", parameters(("userId" = "$response.body#/data/followingId")))),
                ("accept" = (operation_id = "accept_follow_request", parameters(("followId" = "$response.body#/data/id")),
                    description = "By the recipient of the request.")),
                ("decline" = (operation_id = "decline_follow_request", parameters(("followId" = "$response.body#/data/id")),
                    description = "By the recipient of the request.")),
            ),
            example = json!({"success": true, "httpStatus": "OK", "message": "Follow request sent successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {
                    "id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "followerId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                    "followingId": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "status": "PENDING",
                    "createdAt": "2026-01-31T10:30:45.000000Z"}})),
    ),
    security(("bearer" = [])),
)]
pub async fn follow(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.other_user(authenticated.caller.user_id)?;
    let follow = privet.relationships.follow(pair).await.map_err(failed)?;
    let message = match follow.status {
        FollowStatus::Pending | FollowStatus::Withheld => "Follow request sent successfully",
        FollowStatus::Accepted => "User followed successfully",
    };
    Ok(enveloped(&privet, message, FollowResponse::from(follow)))
}

/// Unfollow a user
///
/// Removes the caller's follow of a user, or withdraws the request.
#[utoipa::path(
    delete, path = ONE, operation_id = "unfollow", tag = "follows",
    params(("userId" = Uuid, Path, description = "The user to unfollow.")),
    responses(
        (status = 200, description = "There is no longer a follow or a request.", body = Envelope<Nothing>,
            example = json!({"success": true, "httpStatus": "OK", "message": "User unfollowed successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn unfollow(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    privet.relationships.unfollow(pair).await.map_err(failed)?;
    Ok(enveloped(&privet, "User unfollowed successfully", Nothing))
}

/// Check a follow
///
/// Returns whether the caller follows a user or has requested it.
#[utoipa::path(
    get, path = CHECK, operation_id = "check_follow", tag = "follows",
    params(("userId" = Uuid, Path, description = "The user whom the caller may follow.")),
    responses(
        (status = 200, description = "The state of the follow.", body = Envelope<FollowCheckResponse>,
            example = json!({"success": true, "httpStatus": "OK", "message": "Follow status retrieved successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {
                    "userId": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "isFollowing": false, "status": "PENDING"}})),
    ),
    security(("bearer" = [])),
)]
pub async fn check_follow(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    UserIdParameter(other): UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    // A user cannot follow themselves, but may ask.
    let follow = match UserIdParameter(other).other_user(authenticated.caller.user_id) {
        Ok(pair) => privet
            .relationships
            .check_follow(pair)
            .await
            .map_err(failed)?,
        Err(_) => None,
    };
    let status = follow.map(|follow| follow.status);
    let check = FollowCheckResponse {
        user_id: other.to_string(),
        is_following: status == Some(FollowStatus::Accepted),
        status: status.map_or("NONE", status_name),
    };
    let message = "Follow status retrieved successfully";
    Ok(enveloped(&privet, message, check))
}
