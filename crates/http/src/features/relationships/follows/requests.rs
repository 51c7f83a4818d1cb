//! Endpoints of follow requests. Only the recipient can read and answer them.

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::relationships::RelationshipError;
use privet_application::relationships::follows::{CountedList, FollowRequestDecision, PageQuery};
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::parameters::FollowIdParameter;
use privet_http_core::response::envelope::{Envelope, Nothing};

use super::pages::{FollowPageResponse, PageParameters};
use super::{FollowResponse, enveloped};

const PENDING: &str = "/api/v1/e-social/follows/requests/pending";
const ACCEPT: &str = "/api/v1/e-social/follows/requests/{followId}/accept";
const DECLINE: &str = "/api/v1/e-social/follows/requests/{followId}/decline";

const ABSENT: &str = "There is no such request.";

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_list_pending_follow_requests>(
            Caller::User(Limit::General),
            |route| route.to(list_pending_follow_requests),
        ),
        Endpoint::new::<__path_accept_follow_request>(Caller::User(Limit::General), |route| {
            route.to(accept_follow_request)
        })
        .with_failures(|| {
            vec![
                Failure::absent("There is no such request to the caller.", ABSENT),
                accepted_before(),
            ]
        }),
        Endpoint::new::<__path_decline_follow_request>(Caller::User(Limit::General), |route| {
            route.to(decline_follow_request)
        })
        .with_failures(|| {
            vec![
                Failure::absent("There is no such request to the caller.", ABSENT),
                accepted_before(),
            ]
        }),
    ]
}

fn accepted_before() -> Failure {
    let meaning = "The request was accepted before.";
    Failure::new("accepted before", meaning, ApiError::Conflict(meaning))
}

fn failed(error: RelationshipError) -> ApiError {
    ApiError::of_relationship(ABSENT)(error)
}

/// List pending follow requests
///
/// Returns follow requests to the caller, newest first, in pages.
#[utoipa::path(
    get, path = PENDING, operation_id = "list_pending_follow_requests", tag = "follows",
    params(PageParameters),
    responses(
        (status = 200, description = "A page of requests.", body = Envelope<FollowPageResponse>,
            links(
                ("next" = (operation_id = "list_pending_follow_requests",
                    parameters(("cursor" = "$response.body#/data/nextCursor")), description = "The next page.")),
                ("accept" = (operation_id = "accept_follow_request",
                    parameters(("followId" = "$response.body#/data/items/0/id")), description = "The newest request.")),
                ("decline" = (operation_id = "decline_follow_request",
                    parameters(("followId" = "$response.body#/data/items/0/id")), description = "The newest request.")),
            ),
            example = json!({"success": true, "httpStatus": "OK", "message": "Pending requests retrieved successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {"items": [
                    {"id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "followerId": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c",
                    "followingId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "status": "PENDING",
                    "createdAt": "2026-01-31T10:30:45.000000Z"}], "page": 1, "size": 20, "totalItems": 1, "totalPages": 1,
                    "nextCursor": null}})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_pending_follow_requests(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let owner = authenticated.caller.user_id;
    let wanted = parameters.parse(CountedList::RequestsReceived, owner)?;
    let PageQuery { start, limit, .. } = wanted.query;
    let found = privet
        .relationships
        .page_of_follow_requests(owner, start, limit)
        .await?;
    let data = FollowPageResponse::new(wanted, found);
    let message = "Pending requests retrieved successfully";
    Ok(enveloped(&privet, message, data))
}

/// Accept a follow request
///
/// Accepts a follow request to the caller. For all other users the request does not exist: 404.
#[utoipa::path(
    post, path = ACCEPT, operation_id = "accept_follow_request", tag = "follows",
    params(("followId" = Uuid, Path, description = "The id of the request.")),
    responses(
        (status = 200, description = "The user now follows the caller.", body = Envelope<FollowResponse>,
            links(("remove" = (operation_id = "remove_follower",
                parameters(("userId" = "$response.body#/data/followerId"))))),
            example = json!({"success": true, "httpStatus": "OK", "message": "Follow request accepted successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {
                    "id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "followerId": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c",
                    "followingId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "status": "ACCEPTED",
                    "createdAt": "2026-01-31T10:30:45.000000Z"}})),
    ),
    security(("bearer" = [])),
)]
pub async fn accept_follow_request(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    FollowIdParameter(id): FollowIdParameter,
) -> Result<HttpResponse, ApiError> {
    let asked = authenticated.caller.user_id;
    let decided =
        privet
            .relationships
            .decide_follow_request(asked, id, FollowRequestDecision::Accept);
    let follow = decided.await.map_err(failed)?;
    let message = "Follow request accepted successfully";
    Ok(enveloped(&privet, message, FollowResponse::from(follow)))
}

/// Decline a follow request
///
/// Deletes a follow request to the caller. The other user may send a new one. For all other users the request does
/// not exist: 404.
#[utoipa::path(
    delete, path = DECLINE, operation_id = "decline_follow_request", tag = "follows",
    params(("followId" = Uuid, Path, description = "The id of the request.")),
    responses(
        (status = 200, description = "The request is deleted.", body = Envelope<Nothing>,
            example = json!({"success": true, "httpStatus": "OK", "message": "Follow request declined successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn decline_follow_request(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    FollowIdParameter(id): FollowIdParameter,
) -> Result<HttpResponse, ApiError> {
    let asked = authenticated.caller.user_id;
    let decided =
        privet
            .relationships
            .decide_follow_request(asked, id, FollowRequestDecision::Decline);
    decided.await.map_err(failed)?;
    let message = "Follow request declined successfully";
    Ok(enveloped(&privet, message, Nothing))
}
