//! Messaging privacy over HTTP: what others in a chat see.

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::FieldError;
use privet_domain::messaging_privacy::{
    DisappearingAfter, MESSAGING_SETTINGS, MessagingPrivacy, MessagingUpdate,
};
use privet_domain::user::User;
use privet_http_core::auth::admission::Admission;
use privet_http_core::conditional::{changed, precondition, show};
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::JsonBody;
use privet_http_core::request::body::LARGEST_BODY;
use privet_http_core::request::members::{Object, Reader, only};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::features::settings::messaging_schemas::UpdateMessagingPrivacyRequest;
use crate::schemas::{AudienceSchema, DisappearingAfterSchema};

/// Where messaging privacy is read and changed.
pub const PATH: &str = "/api/v1/privacy/settings";

/// What others in a chat see of the caller, and what they may do.
#[derive(Serialize, ToSchema)]
pub struct MessagingPrivacyResponse {
    /// Whose settings these are.
    #[schema(format = "uuid")]
    user_id: String,
    /// Whether senders learn that their message was read.
    show_read_receipts: bool,
    /// Whether those who may see the profile learn when the caller was last there.
    show_last_seen: bool,
    /// Whether others learn that the caller is typing.
    show_typing_indicator: bool,
    /// Who may see the profile.
    #[schema(value_type = AudienceSchema)]
    who_can_see_profile: &'static str,
    /// Who may add the caller to a group.
    #[schema(value_type = AudienceSchema)]
    who_can_add_to_groups: &'static str,
    /// After how many seconds new messages disappear; null where they stay.
    #[schema(value_type = DisappearingAfterSchema)]
    disappearing_messages_default: Option<u32>,
    /// When this last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// Says that the settings stand as asked for.
#[derive(Serialize, ToSchema)]
pub struct UpdateMessagingPrivacyResponse {
    /// Always `updated`.
    status: &'static str,
}

impl From<&User> for MessagingPrivacyResponse {
    fn from(user: &User) -> Self {
        let privacy = &user.messaging_privacy.value;
        Self {
            user_id: user.id.to_string(),
            show_read_receipts: privacy.show_read_receipts,
            show_last_seen: privacy.show_last_seen,
            show_typing_indicator: privacy.show_typing_indicator,
            who_can_see_profile: privacy.who_can_see_profile.as_str(),
            who_can_add_to_groups: privacy.who_can_add_to_groups.as_str(),
            disappearing_messages_default: privacy
                .disappearing_messages_default
                .map(DisappearingAfter::as_seconds),
            updated_at: user.messaging_privacy.updated_at.to_string(),
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
            Caller::User(Limit::MessagingUpdate),
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
        (status = 200, description = "The settings.", body = MessagingPrivacyResponse,
            links(
                ("again" = (operation_id = "get_messaging_privacy", parameters(("If-None-Match" = "$response.header.ETag")),
                    description = "Only if something changed.")),
                ("update" = (operation_id = "update_messaging_privacy", parameters(("If-Match" = "$response.header.ETag")),
                    description = "If nothing changed since.")),
            ),
            example = json!({"user_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "show_read_receipts": true,
                "show_last_seen": true, "show_typing_indicator": true, "who_can_see_profile": "everyone",
                "who_can_add_to_groups": "everyone", "disappearing_messages_default": null,
                "updated_at": "2026-01-31T10:30:45.000000Z"})),
        (status = 304, description = "The client has this version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_messaging_privacy(
    request: HttpRequest,
    admission: Admission,
) -> Result<HttpResponse, ApiError> {
    let user = admission.loaded.user();
    show(
        &request,
        &user.tag::<MessagingPrivacy>(&()),
        MessagingPrivacyResponse::from(user),
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
    request_body(content = UpdateMessagingPrivacyRequest, examples(
        ("one" = (summary = "One setting", value = json!({"setting": "show_last_seen", "value": false}))),
        ("several" = (summary = "Several settings",
            value = json!({"settings": {"who_can_see_profile": "contacts", "disappearing_messages_default": 86400}}))),
    )),
    responses(
        (status = 200, description = "The settings stand as asked for.", body = UpdateMessagingPrivacyResponse,
            example = json!({"status": "updated"})),
    ),
    security(("bearer" = [])),
)]
pub async fn update_messaging_privacy(
    privet: web::Data<Privet>,
    request: HttpRequest,
    admission: Admission,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let update = parse_update(&body)?;
    let user = privet
        .update_messaging_privacy(
            &admission.caller,
            &admission.loaded,
            precondition(&request),
            update,
        )
        .await?;
    let body = UpdateMessagingPrivacyResponse { status: "updated" };
    Ok(changed(&user.tag::<MessagingPrivacy>(&()), body))
}

/// Reads a change in either of its forms.
pub fn parse_update(body: &Value) -> Result<MessagingUpdate, ApiError> {
    let top = Reader::top(body)?;
    if top.members().contains_key("settings") {
        parse_several(top)
    } else {
        parse_one(top)
    }
}

fn parse_one(top: Object<'_>) -> Result<MessagingUpdate, ApiError> {
    only(top, &["setting", "value"])?;
    let members = top.members();
    let name = match members.get("setting") {
        Some(Value::String(name)) => name,
        Some(_) => return Err(wrong("setting", format!("Must be one of: {}.", names()))),
        None => {
            return Err(wrong(
                "setting",
                format!("Is required; one of: {}.", names()),
            ));
        }
    };
    if let Some(value) = members.get("value") {
        return MessagingUpdate::parse([(name.as_str(), value)]).map_err(ApiError::InvalidMembers);
    }
    // What the setting takes, only its own parsing knows and says; nothing takes this object.
    let nothing = Value::Object(Map::new());
    let mut errors = vec![FieldError::new("value", "Is required.")];
    errors.extend(
        MessagingUpdate::parse([(name.as_str(), &nothing)])
            .err()
            .unwrap_or_default(),
    );
    Err(ApiError::InvalidMembers(errors))
}

fn parse_several(top: Object<'_>) -> Result<MessagingUpdate, ApiError> {
    let members = top.members();
    if members.contains_key("setting") || members.contains_key("value") {
        let why = "Give either setting and value, or settings; not both.";
        return Err(wrong("settings", why.to_owned()));
    }
    only(top, &["settings"])?;
    match members.get("settings") {
        Some(Value::Object(wanted)) if !wanted.is_empty() => {
            let wanted = wanted.iter().map(|(name, value)| (name.as_str(), value));
            MessagingUpdate::parse(wanted).map_err(ApiError::InvalidMembers)
        }
        _ => Err(wrong(
            "settings",
            format!("Must be an object with at least one of: {}.", names()),
        )),
    }
}

fn names() -> String {
    MESSAGING_SETTINGS
        .iter()
        .map(|setting| setting.name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn wrong(field: &str, message: String) -> ApiError {
    ApiError::InvalidMembers(vec![FieldError::new(field, message)])
}
