//! Erasure over HTTP: the end of an account, by its owner or by a service.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::accounts::erasure::ErasureStatus;
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

/// How far an erasure has come.
#[derive(Serialize, ToSchema)]
pub struct ErasureResponse {
    #[schema(inline)]
    status: Status,
}

/// `deleted`: nothing is left. `deleting`: nobody is shown anything of the user any more, and what is left is
/// deleted in the background.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Deleted,
    Deleting,
}

impl ErasureResponse {
    fn answer(status: ErasureStatus) -> HttpResponse {
        let (code, status) = match status {
            ErasureStatus::Deleted => (StatusCode::OK, Status::Deleted),
            ErasureStatus::Deleting => (StatusCode::ACCEPTED, Status::Deleting),
        };
        private_no_cache(code, Self { status })
    }
}

/// What is served here.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_erase_me>(Caller::UserAndNoService(Limit::General), |route| {
            route.to(erase_me)
        })
        .with_failures(|| {
            vec![Failure::new(
                "a service",
                "The token carries a service's scope: a service has no account.",
                ApiError::Forbidden(NO_ACCOUNT),
            )]
        }),
        Endpoint::new::<__path_erase_user>(Caller::Service(Scope::Erase), |route| {
            route.to(erase_user)
        }),
    ]
}

/// Erase oneself
///
/// For good: settings, preferences, history, contacts, blocks and follows, also those that others hold of
/// the caller. What is left is a tombstone with the id and the time; the caller's tokens are refused from
/// now on. A token that carries the scope of a service is refused: a service has no account.
#[utoipa::path(
    delete, path = ME, operation_id = "erase_me", tag = "accounts",
    responses(
        (status = 200, description = "Nothing is left.", body = ErasureResponse,
            example = json!({"status": "deleted"})),
        (status = 202, description = "The caller is gone for everybody, and their tokens are refused from now \
            on. More hangs on the account than can be deleted in the time of a request: the rest is deleted in \
            the background.", body = ErasureResponse, example = json!({"status": "deleting"})),
    ),
    security(("bearer" = [])),
)]
pub async fn erase_me(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let status = privet
        .accounts
        .erase_user(authenticated.caller.user_id)
        .await?;
    Ok(ErasureResponse::answer(status))
}

/// Erase somebody
///
/// The same by a service, also of a user never seen. Repeating it is harmless.
#[utoipa::path(
    delete, path = ONE, operation_id = "erase_user", tag = "accounts",
    params(("userId" = Uuid, Path, description = "Whom to erase.")),
    responses(
        (status = 200, description = "Nothing is left.", body = ErasureResponse,
            example = json!({"status": "deleted"})),
        (status = 202, description = "The user is gone for everybody. More hangs on the account than can be \
            deleted in the time of a request: the rest is deleted in the background. Repeat the request to learn \
            whether anything is left.", body = ErasureResponse, example = json!({"status": "deleting"})),
    ),
    security(("bearer" = ["users:erase"])),
)]
pub async fn erase_user(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let status = privet.accounts.erase_user(user_id).await?;
    Ok(ErasureResponse::answer(status))
}
