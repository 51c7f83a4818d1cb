//! Endpoints of lists of followers and followed users, and their counts.

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::relationships::follows::CountedList;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::parameters::UserIdParameter;
use privet_http_core::response::envelope::{Envelope, Nothing};
use serde::Serialize;
use utoipa::ToSchema;

use super::pages::{FollowPageResponse, PageParameters};
use super::{ABSENT, enveloped, failed};

const FOLLOWERS: &str = "/api/v1/e-social/follows/followers/{userId}";
const FOLLOWING: &str = "/api/v1/e-social/follows/following/{userId}";
const STATS: &str = "/api/v1/e-social/follows/stats/{userId}";

/// The numbers of followers and of followed users.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowStatsResponse {
    /// The user that the counts belong to.
    #[schema(format = "uuid")]
    user_id: String,
    /// The number of accepted followers.
    followers_count: u64,
    /// The number of users whom this user follows.
    following_count: u64,
    /// The number of pending requests; only in the caller's own counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pending_requests_count: Option<u64>,
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_list_followers>(Caller::User(Limit::General), |route| {
            route.to(list_followers)
        })
        .with_failures(|| vec![Failure::absent("That user was erased.", ABSENT), hidden()]),
        Endpoint::new::<__path_remove_follower>(Caller::User(Limit::General), |route| {
            route.to(remove_follower)
        })
        .with_failures(|| {
            vec![Failure::absent(
                "That user does not follow the caller, or was erased.",
                ABSENT,
            )]
        }),
        Endpoint::new::<__path_list_following>(Caller::User(Limit::General), |route| {
            route.to(list_following)
        })
        .with_failures(|| vec![Failure::absent("That user was erased.", ABSENT), hidden()]),
        Endpoint::new::<__path_get_follow_stats>(Caller::User(Limit::General), |route| {
            route.to(get_follow_stats)
        })
        .with_failures(|| vec![Failure::absent("That user was erased.", ABSENT)]),
    ]
}

fn hidden() -> Failure {
    let meaning = "The account is private, and the caller is not an accepted follower.";
    let error = ApiError::Forbidden("This is for the account's accepted followers.");
    Failure::new("private", meaning, error)
}

/// List followers
///
/// Returns the followers of a user, newest first, in pages. For a private account only the owner and accepted
/// followers may read them; others get 403.
#[utoipa::path(
    get, path = FOLLOWERS, operation_id = "list_followers", tag = "follows",
    params(("userId" = Uuid, Path, description = "The user whose followers to list."), PageParameters),
    responses(
        (status = 200, description = "A page of followers.", body = Envelope<FollowPageResponse>,
            links(
                ("next" = (operation_id = "list_followers", parameters(("userId" = "$request.path.userId"),
                    ("cursor" = "$response.body#/data/nextCursor")), description = "The next page.")),
                ("remove" = (operation_id = "remove_follower",
                    parameters(("userId" = "$response.body#/data/items/0/followerId")),
                    description = "The newest follower, if the list is the caller's own.")),
            ),
            example = json!({"success": true, "httpStatus": "OK", "message": "Followers retrieved successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {"items": [
                    {"id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "followerId": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c",
                    "followingId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "status": "ACCEPTED",
                    "createdAt": "2026-01-31T10:30:45.000000Z"}], "page": 1, "size": 20, "totalItems": 1, "totalPages": 1,
                    "nextCursor": null}})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_followers(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    owner: UserIdParameter,
    web::Query(parameters): web::Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let page = page_of(
        &privet,
        &authenticated,
        owner,
        CountedList::Followers,
        &parameters,
    )
    .await?;
    Ok(enveloped(&privet, "Followers retrieved successfully", page))
}

/// List followed users
///
/// Returns the users whom a user follows, newest first, in pages. For a private account only the owner and
/// accepted followers may read them; others get 403.
#[utoipa::path(
    get, path = FOLLOWING, operation_id = "list_following", tag = "follows",
    params(("userId" = Uuid, Path, description = "The user whose followed users to list."), PageParameters),
    responses(
        (status = 200, description = "A page of followed users.", body = Envelope<FollowPageResponse>,
            links(("next" = (operation_id = "list_following", parameters(("userId" = "$request.path.userId"),
                ("cursor" = "$response.body#/data/nextCursor")), description = "The next page."))),
            example = json!({"success": true, "httpStatus": "OK", "message": "Following retrieved successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {"items": [
                    {"id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "followerId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                    "followingId": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "status": "ACCEPTED",
                    "createdAt": "2026-01-31T10:30:45.000000Z"}], "page": 1, "size": 20, "totalItems": 1, "totalPages": 1,
                    "nextCursor": null}})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_following(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    owner: UserIdParameter,
    web::Query(parameters): web::Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let page = page_of(
        &privet,
        &authenticated,
        owner,
        CountedList::Following,
        &parameters,
    )
    .await?;
    Ok(enveloped(&privet, "Following retrieved successfully", page))
}

async fn page_of(
    privet: &Privet,
    authenticated: &Authenticated,
    UserIdParameter(owner): UserIdParameter,
    list: CountedList,
    parameters: &PageParameters,
) -> Result<FollowPageResponse, ApiError> {
    let wanted = parameters.parse(list, owner)?;
    let viewer = authenticated.caller.user_id;
    let found = privet
        .relationships
        .page_of_follows(viewer, &wanted.query)
        .await;
    Ok(FollowPageResponse::new(wanted, found.map_err(failed)?))
}

/// Remove a follower
///
/// Removes a user from the caller's followers. The user may request to follow again.
#[utoipa::path(
    delete, path = FOLLOWERS, operation_id = "remove_follower", tag = "follows",
    params(("userId" = Uuid, Path, description = "The follower to remove.")),
    responses(
        (status = 200, description = "The user no longer follows the caller.", body = Envelope<Nothing>,
            example = json!({"success": true, "httpStatus": "OK", "message": "Follower removed successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn remove_follower(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    follower: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = follower.existing_pair(authenticated.caller.user_id, ABSENT)?;
    privet
        .relationships
        .remove_follower(pair)
        .await
        .map_err(failed)?;
    Ok(enveloped(&privet, "Follower removed successfully", Nothing))
}

/// Count follows
///
/// Returns the numbers of followers and followed users of a user, and for the caller also the number of pending
/// requests.
#[utoipa::path(
    get, path = STATS, operation_id = "get_follow_stats", tag = "follows",
    params(("userId" = Uuid, Path, description = "The user whose counts to read.")),
    responses(
        (status = 200, description = "The counts.", body = Envelope<FollowStatsResponse>,
            example = json!({"success": true, "httpStatus": "OK", "message": "Follow statistics retrieved successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {
                    "userId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "followersCount": 3, "followingCount": 2,
                    "pendingRequestsCount": 1}})),
    ),
    security(("bearer" = [])),
)]
pub async fn get_follow_stats(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    UserIdParameter(user_id): UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let counts = privet
        .relationships
        .count_follows(user_id)
        .await
        .map_err(failed)?;
    let is_oneself = user_id == authenticated.caller.user_id;
    let stats = FollowStatsResponse {
        user_id: user_id.to_string(),
        followers_count: counts.followers,
        following_count: counts.following,
        pending_requests_count: is_oneself.then_some(counts.requests_received),
    };
    let message = "Follow statistics retrieved successfully";
    Ok(enveloped(&privet, message, stats))
}
