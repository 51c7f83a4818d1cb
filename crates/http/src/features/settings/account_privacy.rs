//! Account privacy over HTTP: whether following the caller needs their approval.

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::FieldError;
use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::user::User;
use privet_http_core::auth::admission::Admission;
use privet_http_core::conditional::{changed, precondition, show};
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::LARGEST_BODY;
use privet_http_core::request::body::{LenientJsonBody, members};
use privet_http_core::response::envelope::Envelope;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

const PATH: &str = "/api/v1/e-social/privacy/account";
const FIELD: &str = "isPrivate";

/// The account privacy record.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountPrivacyResponse {
    /// The record's own id, stable for life.
    #[schema(format = "uuid")]
    id: String,
    /// Whose record this is.
    #[schema(format = "uuid")]
    user_id: String,
    /// Whether following needs approval.
    is_private: bool,
    /// When the user was first seen.
    #[schema(format = "date-time")]
    created_at: String,
    /// When this last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// A change of account privacy. Unknown members are ignored.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "describes the body; its parsing tells missing, null and wrong apart"
)]
pub struct UpdateAccountPrivacyRequest {
    /// Whether following needs approval.
    is_private: bool,
}

impl From<&User> for AccountPrivacyResponse {
    fn from(user: &User) -> Self {
        Self {
            id: user.account_id.to_string(),
            user_id: user.id.to_string(),
            is_private: user.account_privacy.value.is_private,
            created_at: user.created_at.to_string(),
            updated_at: user.account_privacy.updated_at.to_string(),
        }
    }
}

/// What is served here.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_account_privacy>(Caller::UserRow(Limit::General), |route| {
            route.to(get_account_privacy)
        }),
        Endpoint::new::<__path_update_account_privacy>(
            Caller::User(Limit::AccountUpdate),
            |route| route.to(update_account_privacy),
        )
        .with_body(Body::json(LARGEST_BODY)),
    ]
}

/// Read account privacy
///
/// Whether following the caller needs their approval. The entity tag names `data`.
#[utoipa::path(
    get, path = PATH, operation_id = "get_account_privacy", tag = "account privacy",
    params(
        ("If-None-Match" = Option<String>, Header, description = "The tag of a version the client has."),
        ("If-Match" = Option<String>, Header, description = "Tags one of which must be the present version's."),
    ),
    responses(
        (status = 200, description = "The record.", body = Envelope<AccountPrivacyResponse>,
            links(
                ("again" = (operation_id = "get_account_privacy", parameters(("If-None-Match" = "$response.header.ETag")),
                    description = "Only if something changed.")),
                ("update" = (operation_id = "update_account_privacy", parameters(("If-Match" = "$response.header.ETag")),
                    description = "If nothing changed since.")),
            ),
            example = json!({"success": true, "httpStatus": "OK", "message": "Privacy settings retrieved successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {
                    "id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "userId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                    "isPrivate": false, "createdAt": "2026-01-31T10:30:45.000000Z", "updatedAt": "2026-01-31T10:30:45.000000Z"}})),
        (status = 304, description = "The client has this version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_account_privacy(
    privet: web::Data<Privet>,
    request: HttpRequest,
    admission: Admission,
) -> Result<HttpResponse, ApiError> {
    let user = admission.loaded.user();
    let record = AccountPrivacyResponse::from(user);
    let message = "Privacy settings retrieved successfully";
    let body = Envelope::ok(message, record, privet.clock.now());
    show(&request, &user.tag::<AccountPrivacy>(&()), body)
}

/// Change account privacy
///
/// Leaves every follower and every pending request as it is. Without `If-Match` the last write wins.
#[utoipa::path(
    put, path = PATH, operation_id = "update_account_privacy", tag = "account privacy",
    params(
        ("If-Match" = Option<String>, Header, description = "Tags one of which must be the present version's."),
        ("If-None-Match" = Option<String>, Header, description = "Tags none of which may be the present version's."),
    ),
    request_body(content = UpdateAccountPrivacyRequest, example = json!({"isPrivate": true})),
    responses(
        (status = 200, description = "The record as it stands now.", body = Envelope<AccountPrivacyResponse>,
            example = json!({"success": true, "httpStatus": "OK", "message": "Privacy settings updated successfully",
                "action_time": "2026-01-31T10:31:02.000000Z", "data": {
                    "id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "userId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                    "isPrivate": true, "createdAt": "2026-01-31T10:30:45.000000Z", "updatedAt": "2026-01-31T10:31:02.000000Z"}})),
    ),
    security(("bearer" = [])),
)]
pub async fn update_account_privacy(
    privet: web::Data<Privet>,
    request: HttpRequest,
    admission: Admission,
    LenientJsonBody(body): LenientJsonBody,
) -> Result<HttpResponse, ApiError> {
    let next = parse_update(&body)?;
    let user = privet
        .update_account_privacy(
            &admission.caller,
            &admission.loaded,
            precondition(&request),
            next,
        )
        .await?;
    let record = AccountPrivacyResponse::from(&*user);
    let body = Envelope::ok(
        "Privacy settings updated successfully",
        record,
        privet.clock.now(),
    );
    Ok(changed(&user.tag::<AccountPrivacy>(&()), body))
}

fn parse_update(body: &Value) -> Result<AccountPrivacy, ApiError> {
    let members = members(body)?;
    let refused = match members.get(FIELD) {
        Some(Value::Bool(is_private)) => {
            return Ok(AccountPrivacy {
                is_private: *is_private,
            });
        }
        None | Some(Value::Null) => "must not be null",
        Some(_) => "must be a boolean",
    };
    Err(ApiError::InvalidMembers(vec![FieldError::new(
        FIELD, refused,
    )]))
}
