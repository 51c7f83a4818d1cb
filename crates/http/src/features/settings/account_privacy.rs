//! Endpoints of account privacy: does a follow need the caller's approval?

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::FieldError;
use privet_domain::catalogue::{Catalogue, Family, SettingsUpdate};
use privet_domain::settings::user::User;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::conditional::{changed, show};
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::LARGEST_BODY;
use privet_http_core::request::body::{JsonBody, members};
use privet_http_core::response::envelope::Envelope;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::family_view::{change, is_on};

const PATH: &str = "/api/v1/e-social/privacy/account";
const FIELD: &str = "isPrivate";
/// The name of the setting within its family.
const SETTING: &str = "is_private";

/// The account privacy record.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountPrivacyResponse {
    /// The id of the record. It never changes.
    #[schema(format = "uuid")]
    id: String,
    /// The user that the record belongs to.
    #[schema(format = "uuid")]
    user_id: String,
    /// Whether a follow needs approval.
    is_private: bool,
    /// When the user was created.
    #[schema(format = "date-time")]
    created_at: String,
    /// When these settings last changed.
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
    /// Whether a follow needs approval.
    is_private: bool,
}

impl AccountPrivacyResponse {
    /// The user's record with the values in force.
    pub fn of(catalogue: &Catalogue, user: &User) -> Self {
        Self {
            id: user.account_id.to_string(),
            user_id: user.id.to_string(),
            is_private: is_on(catalogue, user, Family::Account, SETTING),
            created_at: user.created_at.to_string(),
            updated_at: user.version(Family::Account).updated_at.to_string(),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_account_privacy>(Caller::UserRow(Limit::General), |route| {
            route.to(get_account_privacy)
        }),
        Endpoint::new::<__path_update_account_privacy>(
            Caller::SettingsChange(Limit::AccountUpdate),
            |route| route.to(update_account_privacy),
        )
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(|| vec![Failure::locked("isPrivate")]),
    ]
}

/// Read account privacy
///
/// Returns whether a follow of the caller needs approval. The entity tag covers `data`.
#[utoipa::path(
    get, path = PATH, operation_id = "get_account_privacy", tag = "account privacy",
    params(
        ("If-None-Match" = Option<String>, Header, description = "The entity tag of the version that the client has."),
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
    ),
    responses(
        (status = 200, description = "The record.", body = Envelope<AccountPrivacyResponse>,
            links(
                ("again" = (operation_id = "get_account_privacy", parameters(("If-None-Match" = "$response.header.ETag")),
                    description = "Read again only if it changed.")),
                ("update" = (operation_id = "update_account_privacy", parameters(("If-Match" = "$response.header.ETag")),
                    description = "Update only if it has not changed.")),
            ),
            example = json!({"success": true, "httpStatus": "OK", "message": "Privacy settings retrieved successfully",
                "action_time": "2026-01-31T10:30:45.000000Z", "data": {
                    "id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "userId": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                    "isPrivate": false, "createdAt": "2026-01-31T10:30:45.000000Z", "updatedAt": "2026-01-31T10:30:45.000000Z"}})),
        (status = 304, description = "The client has the current version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_account_privacy(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let (catalogue, user) = (privet.catalogue.get(), authenticated.loaded.user());
    let record = AccountPrivacyResponse::of(&catalogue, user);
    let message = "Privacy settings retrieved successfully";
    let body = Envelope::ok(message, record, privet.clock.now());
    show(&request, &user.tag(&catalogue, Family::Account), body)
}

/// Change account privacy
///
/// Makes the caller's account public or private. Existing followers and pending requests do not change. Without
/// `If-Match` the last write wins.
#[utoipa::path(
    put, path = PATH, operation_id = "update_account_privacy", tag = "account privacy",
    params(
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags, none of which may be that of the current version."),
    ),
    request_body(content = UpdateAccountPrivacyRequest, example = json!({"isPrivate": true})),
    responses(
        (status = 200, description = "The record after the change.", body = Envelope<AccountPrivacyResponse>,
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
    authenticated: Authenticated,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let update = parse_update(&catalogue, &body)?;
    let user = change(&privet, &request, &authenticated, &catalogue, update)
        .await
        .map_err(in_members)?;
    let record = AccountPrivacyResponse::of(&catalogue, &user);
    let body = Envelope::ok(
        "Privacy settings updated successfully",
        record,
        privet.clock.now(),
    );
    Ok(changed(&user.tag(&catalogue, Family::Account), body))
}

/// Replaces the name of the setting in the error by the member of the body.
fn in_members(error: ApiError) -> ApiError {
    match error {
        ApiError::Locked(fields) => {
            let notes = fields.into_iter().map(|locked| locked.message);
            ApiError::Locked(notes.map(|note| FieldError::new(FIELD, note)).collect())
        }
        other => other,
    }
}

fn parse_update(catalogue: &Catalogue, body: &Value) -> Result<SettingsUpdate, ApiError> {
    let given = members(body)?.get(FIELD);
    let update = given.map(|value| catalogue.parse_update(Family::Account, [(SETTING, value)]));
    if let Some(Ok(update)) = update {
        return Ok(update);
    }
    let refused = match given {
        None | Some(Value::Null) => "must not be null",
        Some(_) => "must be a boolean",
    };
    Err(ApiError::InvalidMembers(vec![FieldError::new(
        FIELD, refused,
    )]))
}
