//! Endpoints that erase an account, for its owner and for services.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::accounts::erasure::{Erasure, ErasureStatus};
use privet_application::rate_limits::Limit;
use privet_http_core::auth::middleware::{Authenticated, AuthenticatedService, NO_ACCOUNT};
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::parameters::UserIdParameter;
use privet_http_core::response::answers::private_no_cache;
use serde::Serialize;
use utoipa::ToSchema;

const ME: &str = "/api/v1/users/me";
const ONE: &str = "/api/v1/users/{userId}";

/// The state of an erasure.
#[derive(Serialize, ToSchema)]
pub struct ErasureResponse {
    #[schema(inline)]
    status: Status,
    /// The receipt: a JWS in compact form, of the type `privet-erasure+jwt`. Absent while rows are left, without a receipt
    /// key, and for users who were erased before there was one. Asking again returns the same receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    receipt: Option<String>,
}

/// `deleted`: all rows are deleted. `deleting`: the user counts as erased, and Privet deletes the remaining rows
/// in the background.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Deleted,
    Deleting,
}

impl ErasureResponse {
    fn answer(erasure: Erasure) -> HttpResponse {
        let (code, status) = match erasure.status {
            ErasureStatus::Deleted => (StatusCode::OK, Status::Deleted),
            ErasureStatus::Deleting => (StatusCode::ACCEPTED, Status::Deleting),
        };
        let receipt = erasure.receipt;
        private_no_cache(code, Self { status, receipt })
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_erase_me>(Caller::UserAndNoService(Limit::General), |route| {
            route.to(erase_me)
        })
        .with_failures(|| {
            vec![Failure::new(
                "a service",
                "The token has the scope of a service, which has no account.",
                ApiError::Forbidden(NO_ACCOUNT),
            )]
        }),
        Endpoint::new::<__path_erase_user>(Caller::Service(Scope::Erase), |route| {
            route.to(erase_user)
        }),
    ]
}

/// Erase the caller's account
///
/// Permanently erases the caller's settings, preferences, history, contacts, blocks and follows, including entries
/// of other users about the caller. Only a tombstone with the id and the time remains. The caller's tokens are
/// refused from now on. A token with a service scope gets 403, because a service has no account. If the operator
/// configured a receipt key, the answer has a signed receipt.
#[utoipa::path(
    delete, path = ME, operation_id = "erase_me", tag = "accounts",
    responses(
        (status = 200, description = "All rows of the user are deleted.", body = ErasureResponse,
            example = json!({"status": "deleted"})),
        (status = 202, description = "The caller counts as erased, and their tokens are refused. The account has \
            too many rows to delete within a request; Privet deletes the rest in the background.", body = ErasureResponse, example = json!({"status": "deleting"})),
    ),
    security(("bearer" = [])),
)]
pub async fn erase_me(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let user_id = authenticated.caller.user_id;
    let erasure = privet.accounts.erase_user(user_id).await?;
    Ok(ErasureResponse::answer(erasure))
}

/// Erase a user
///
/// Permanently erases a user, like `DELETE /api/v1/users/me`. The user may be unknown. The call is idempotent.
/// Requires the scope `users:erase`.
#[utoipa::path(
    delete, path = ONE, operation_id = "erase_user", tag = "accounts",
    params(("userId" = Uuid, Path, description = "The user to erase.")),
    responses(
        (status = 200, description = "All rows of the user are deleted.", body = ErasureResponse,
            example = json!({"status": "deleted"})),
        (status = 202, description = "The user counts as erased. The account has too many rows to delete \
            within a request; Privet deletes the rest in the background. Repeat the request to check whether it has \
            finished.", body = ErasureResponse, example = json!({"status": "deleting"})),
    ),
    security(("bearer" = ["users:erase"])),
)]
pub async fn erase_user(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let erasure = privet.accounts.erase_user(user_id).await?;
    Ok(ErasureResponse::answer(erasure))
}
