//! Endpoints of email contact: may other users send an e-mail?

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
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::family_view::{change, is_on};

const PATH: &str = "/api/users/me/privacy-settings/";
const FIELD: &str = "allow_email_contact";

/// Whether other users may send the caller an e-mail.
#[derive(Serialize, ToSchema)]
pub struct EmailContactResponse {
    /// Whether other users may send the caller an e-mail.
    pub allow_email_contact: bool,
}

/// A change of email contact. Unknown members are ignored.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing tells missing, null and wrong apart"
)]
pub struct UpdateEmailContactRequest {
    /// Whether other users may send the caller an e-mail.
    allow_email_contact: bool,
}

impl EmailContactResponse {
    /// The values in force for the user.
    pub fn of(catalogue: &Catalogue, user: &User) -> Self {
        Self {
            allow_email_contact: is_on(catalogue, user, Family::Email, FIELD),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_email_contact>(Caller::UserRow(Limit::General), |route| {
            route.to(get_email_contact)
        }),
        Endpoint::new::<__path_update_email_contact>(
            Caller::SettingsChange(Limit::EmailContactUpdate),
            |route| route.to(update_email_contact),
        )
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(|| vec![Failure::locked("allow_email_contact")]),
    ]
}

/// Read email contact
///
/// Returns whether other users may send the caller an e-mail.
#[utoipa::path(
    get, path = PATH, operation_id = "get_email_contact", tag = "email contact",
    params(
        ("If-None-Match" = Option<String>, Header, description = "The entity tag of the version that the client has."),
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
    ),
    responses(
        (status = 200, description = "The settings.", body = EmailContactResponse,
            links(
                ("again" = (operation_id = "get_email_contact", parameters(("If-None-Match" = "$response.header.ETag")),
                    description = "Read again only if it changed.")),
                ("update" = (operation_id = "update_email_contact", parameters(("If-Match" = "$response.header.ETag")),
                    description = "Update only if it has not changed.")),
            ),
            example = json!({"allow_email_contact": true})),
        (status = 304, description = "The client has the current version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_email_contact(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let (catalogue, user) = (privet.catalogue.get(), authenticated.loaded.user());
    let tag = user.tag(&catalogue, Family::Email);
    show(&request, &tag, EmailContactResponse::of(&catalogue, user))
}

/// Change email contact
///
/// Allows or forbids e-mails from other users, from now on. Without `If-Match` the last write wins.
#[utoipa::path(
    patch, path = PATH, operation_id = "update_email_contact", tag = "email contact",
    params(
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags, none of which may be that of the current version."),
    ),
    request_body(content = UpdateEmailContactRequest, example = json!({"allow_email_contact": false})),
    responses(
        (status = 200, description = "The settings after the change.", body = EmailContactResponse,
            example = json!({"allow_email_contact": false})),
    ),
    security(("bearer" = [])),
)]
pub async fn update_email_contact(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let update = parse_update(&catalogue, &body)?;
    let user = change(&privet, &request, &authenticated, &catalogue, update).await?;
    let tag = user.tag(&catalogue, Family::Email);
    Ok(changed(&tag, EmailContactResponse::of(&catalogue, &user)))
}

fn parse_update(catalogue: &Catalogue, body: &Value) -> Result<SettingsUpdate, ApiError> {
    let given = members(body)?.get(FIELD);
    let update = given.map(|value| catalogue.parse_update(Family::Email, [(FIELD, value)]));
    if let Some(Ok(update)) = update {
        return Ok(update);
    }
    let refused = match given {
        None => "This field is required.",
        Some(Value::Null) => "This field may not be null.",
        Some(_) => "Must be a valid boolean.",
    };
    Err(ApiError::InvalidMembers(vec![FieldError::new(
        FIELD, refused,
    )]))
}
