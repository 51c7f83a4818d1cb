//! Endpoints of messaging privacy: what other users in a chat may see and do.

use std::fmt::Write;

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::FieldError;
use privet_domain::catalogue::{Catalogue, Family, SettingsUpdate};
use privet_domain::settings::user::User;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::conditional::{changed, show_text};
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::JsonBody;
use privet_http_core::request::body::LARGEST_BODY;
use privet_http_core::request::members::{Object, Reader, only};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::family_view::change;
use super::messaging_schemas::{MessagingPrivacySchema, UpdateMessagingPrivacyRequest};

/// The path of messaging privacy.
pub const PATH: &str = "/api/v1/privacy/settings";

const FAMILY: Family = Family::Messaging;

/// The initial size of an answer, in bytes. With the settings of `core` it fits.
const USUAL_SIZE: usize = 384;

/// Messaging privacy. The members of the body are the settings of the family: names `N` and values `V`, borrowed or
/// owned.
pub struct MessagingPrivacyResponse<N, V> {
    user_id: String,
    settings: Vec<(N, V)>,
    updated_at: String,
}

impl<N: Serialize, V: Serialize> Serialize for MessagingPrivacyResponse<N, V> {
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

/// Confirms that the settings have the requested values.
#[derive(Serialize, ToSchema)]
pub struct UpdateMessagingPrivacyResponse {
    /// Always `updated`.
    status: &'static str,
}

impl<'a> MessagingPrivacyResponse<&'a str, &'a Value> {
    /// The values in force for the user.
    pub fn of(catalogue: &'a Catalogue, user: &'a User) -> Self {
        Self {
            user_id: user.id.to_string(),
            settings: user.shown(catalogue, FAMILY),
            updated_at: user.version(FAMILY).updated_at.to_string(),
        }
    }

    /// The same without references to the catalogue and the user.
    pub fn into_owned(self) -> MessagingPrivacyResponse<String, Value> {
        let settings = self.settings.into_iter();
        MessagingPrivacyResponse {
            user_id: self.user_id,
            settings: settings
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
            updated_at: self.updated_at,
        }
    }
}

/// The endpoints of this module.
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
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(|| vec![Failure::locked("who_can_add_to_groups")]),
    ]
}

/// Read messaging privacy
///
/// Returns what other users in a chat may see of the caller, and what they may do.
#[utoipa::path(
    get, path = PATH, operation_id = "get_messaging_privacy", tag = "messaging privacy",
    params(
        ("If-None-Match" = Option<String>, Header, description = "The entity tag of the version that the client has."),
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
    ),
    responses(
        (status = 200, description = "The settings.", body = MessagingPrivacySchema,
            links(
                ("again" = (operation_id = "get_messaging_privacy", parameters(("If-None-Match" = "$response.header.ETag")),
                    description = "Read again only if it changed.")),
                ("update" = (operation_id = "update_messaging_privacy", parameters(("If-Match" = "$response.header.ETag")),
                    description = "Update only if it has not changed.")),
            )),
        (status = 304, description = "The client has the current version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_messaging_privacy(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let (catalogue, user) = (privet.catalogue.get(), authenticated.loaded.user());
    let (text, tag) = text_with_tag(&catalogue, user);
    show_text(&request, &tag, text)
}

/// [`MessagingPrivacyResponse`] as JSON, and the entity tag. The most frequent answer, so it is put together from parts that
/// the catalogue has prepared.
fn text_with_tag(catalogue: &Catalogue, user: &User) -> (String, String) {
    let mut text = String::with_capacity(USUAL_SIZE);
    let mut id = Uuid::encode_buffer();
    text.push_str("{\"user_id\":\"");
    text.push_str(user.id.as_uuid().hyphenated().encode_lower(&mut id));
    text.push_str("\",");
    let tag = user.write_members(catalogue, FAMILY, &mut text);
    // Writing to a `String` does not fail.
    let _ = write!(
        text,
        "\"updated_at\":\"{}\"}}",
        user.version(FAMILY).updated_at
    );
    (text, tag)
}

/// Change messaging privacy
///
/// Changes one setting (`setting` and `value`), or several settings together (`settings`): all or none. Decisions
/// after the answer use the new values. Without `If-Match` the last write wins.
#[utoipa::path(
    put, path = PATH, operation_id = "update_messaging_privacy", tag = "messaging privacy",
    params(
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags, none of which may be that of the current version."),
    ),
    request_body(content = UpdateMessagingPrivacyRequest),
    responses(
        (status = 200, description = "The settings have the requested values.", body = UpdateMessagingPrivacyResponse,
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
    Ok(changed(&user.tag(&catalogue, FAMILY), body))
}

/// Parses a change in one of its two forms.
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
    // No setting accepts an object, so parsing this one returns the error with the valid values.
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

#[cfg(test)]
mod tests {
    use privet_domain::{AccountId, Timestamp, UserId};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_is_the_response_as_json() {
        let document = json!({"extends": "messenger", "settings": {"a_choice": {"type": "choice", "title": "A",
            "description": "A.", "values": [null, 1.5, "a \"b\""], "default": "a \"b\""}}});
        for catalogue in [
            Catalogue::core(),
            Catalogue::parse(&document.to_string()).unwrap(),
        ] {
            let at = Timestamp::from_micros(1_700_000_000_123_456).unwrap();
            let id = Uuid::from_u128(u128::MAX / 7);
            let user = User::first_seen(UserId::from_uuid(id), AccountId::from_uuid(id), at);
            let (text, tag) = text_with_tag(&catalogue, &user);
            let response = MessagingPrivacyResponse::of(&catalogue, &user);
            assert_eq!(text, serde_json::to_string(&response).unwrap());
            assert_eq!(tag, user.tag(&catalogue, FAMILY));
        }
    }
}
