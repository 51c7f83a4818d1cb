//! Messaging privacy over HTTP: what others in a chat see.

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::FieldError;
use privet_domain::catalogue::{Catalogue, Family, SettingsUpdate};
use privet_domain::settings::user::User;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::conditional::{changed, show};
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::JsonBody;
use privet_http_core::request::body::LARGEST_BODY;
use privet_http_core::request::members::{Object, Reader, only};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::family_view::change;
use super::messaging_schemas::{MessagingPrivacySchema, UpdateMessagingPrivacyRequest};

/// Where messaging privacy is read and changed.
pub const PATH: &str = "/api/v1/privacy/settings";

const FAMILY: Family = Family::Messaging;

/// What others in a chat see of the caller, and what they may do. Its members are the family's settings.
pub struct MessagingPrivacyResponse {
    user_id: String,
    settings: Vec<(String, Value)>,
    updated_at: String,
}

impl Serialize for MessagingPrivacyResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.settings.len() + 2))?;
        map.serialize_entry("user_id", &self.user_id)?;
        for (name, value) in &self.settings {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("updated_at", &self.updated_at)?;
        map.end()
    }
}

/// Says that the settings stand as asked for.
#[derive(Serialize, ToSchema)]
pub struct UpdateMessagingPrivacyResponse {
    /// Always `updated`.
    status: &'static str,
}

impl MessagingPrivacyResponse {
    /// The values in force for the user.
    pub fn of(catalogue: &Catalogue, user: &User) -> Self {
        let shown = user.shown(catalogue, Family::Messaging).into_iter();
        Self {
            user_id: user.id.to_string(),
            settings: shown
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
            updated_at: user.version(Family::Messaging).updated_at.to_string(),
        }
    }
}

/// What is served here.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_messaging_privacy>(
            Caller::UserRow(Limit::MessagingRead),
            |route| route.to(get_messaging_privacy),
        ),
        Endpoint::new::<__path_update_messaging_privacy>(
            Caller::SettingsChange(Limit::MessagingUpdate),
            |route| route.to(update_messaging_privacy),
        )
        .with_body(Body::json(LARGEST_BODY)),
    ]
}

/// Read messaging privacy
///
/// What others in a chat see of the caller, and what they may do.
#[utoipa::path(
    get, path = PATH, operation_id = "get_messaging_privacy", tag = "messaging privacy",
    params(
        ("If-None-Match" = Option<String>, Header, description = "The tag of a version the client has."),
        ("If-Match" = Option<String>, Header, description = "Tags one of which must be the present version's."),
    ),
    responses(
        (status = 200, description = "The settings.", body = MessagingPrivacySchema,
            links(
                ("again" = (operation_id = "get_messaging_privacy", parameters(("If-None-Match" = "$response.header.ETag")),
                    description = "Only if something changed.")),
                ("update" = (operation_id = "update_messaging_privacy", parameters(("If-Match" = "$response.header.ETag")),
                    description = "If nothing changed since.")),
            )),
        (status = 304, description = "The client has this version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_messaging_privacy(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let (catalogue, user) = (privet.catalogue.get(), authenticated.loaded.user());
    let tag = user.tag(&catalogue, Family::Messaging);
    show(
        &request,
        &tag,
        MessagingPrivacyResponse::of(&catalogue, user),
    )
}

/// Change messaging privacy
///
/// One setting with its value, or several under `settings`, all or none. In force for every decision
/// from the moment of the answer. Without `If-Match` the last write wins.
#[utoipa::path(
    put, path = PATH, operation_id = "update_messaging_privacy", tag = "messaging privacy",
    params(
        ("If-Match" = Option<String>, Header, description = "Tags one of which must be the present version's."),
        ("If-None-Match" = Option<String>, Header, description = "Tags none of which may be the present version's."),
    ),
    request_body(content = UpdateMessagingPrivacyRequest),
    responses(
        (status = 200, description = "The settings stand as asked for.", body = UpdateMessagingPrivacyResponse,
            example = json!({"status": "updated"})),
    ),
    security(("bearer" = [])),
)]
pub async fn update_messaging_privacy(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let update = parse_update(&catalogue, &body)?;
    let user = change(&privet, &request, &authenticated, &catalogue, update).await?;
    let body = UpdateMessagingPrivacyResponse { status: "updated" };
    Ok(changed(&user.tag(&catalogue, Family::Messaging), body))
}

/// Reads a change in either of its forms.
pub fn parse_update(catalogue: &Catalogue, body: &Value) -> Result<SettingsUpdate, ApiError> {
    let top = Reader::top(body)?;
    if top.members().contains_key("settings") {
        parse_several(catalogue, top)
    } else {
        parse_one(catalogue, top)
    }
}

fn parse_one(catalogue: &Catalogue, top: Object<'_>) -> Result<SettingsUpdate, ApiError> {
    only(top, &["setting", "value"])?;
    let members = top.members();
    let name = match members.get("setting") {
        Some(Value::String(name)) => name,
        Some(_) => {
            return Err(wrong(
                "setting",
                format!("Must be one of: {}.", catalogue.keys(FAMILY)),
            ));
        }
        None => {
            return Err(wrong(
                "setting",
                format!("Is required; one of: {}.", catalogue.keys(FAMILY)),
            ));
        }
    };
    if let Some(value) = members.get("value") {
        return catalogue
            .parse_update(FAMILY, [(name.as_str(), value)])
            .map_err(ApiError::InvalidMembers);
    }
    // What the setting takes, only its own parsing knows and says; nothing takes this object.
    let nothing = Value::Object(Map::new());
    let mut errors = vec![FieldError::new("value", "Is required.")];
    errors.extend(
        catalogue
            .parse_update(FAMILY, [(name.as_str(), &nothing)])
            .err()
            .unwrap_or_default(),
    );
    Err(ApiError::InvalidMembers(errors))
}

fn parse_several(catalogue: &Catalogue, top: Object<'_>) -> Result<SettingsUpdate, ApiError> {
    let members = top.members();
    if members.contains_key("setting") || members.contains_key("value") {
        let why = "Give either setting and value, or settings; not both.";
        return Err(wrong("settings", why.to_owned()));
    }
    only(top, &["settings"])?;
    match members.get("settings") {
        Some(Value::Object(wanted)) if !wanted.is_empty() => {
            let wanted = wanted.iter().map(|(name, value)| (name.as_str(), value));
            catalogue
                .parse_update(FAMILY, wanted)
                .map_err(ApiError::InvalidMembers)
        }
        _ => Err(wrong(
            "settings",
            format!(
                "Must be an object with at least one of: {}.",
                catalogue.keys(FAMILY)
            ),
        )),
    }
}

fn wrong(field: &str, message: String) -> ApiError {
    ApiError::InvalidMembers(vec![FieldError::new(field, message)])
}
