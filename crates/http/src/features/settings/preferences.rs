//! Endpoints of preferences: the caller's preferences and their schema.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::FieldError;
use privet_domain::catalogue::preferences::{InvalidUpdate, PreferencesUpdate};
use privet_domain::catalogue::{Catalogue, Family};
use privet_domain::settings::user::User;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::conditional::{changed, show};
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::LARGEST_BODY;
use privet_http_core::request::body::{JsonBody, OptionalJsonBody};
use privet_http_core::request::members::{Reader, only};
use serde_json::Value;
use utoipa::ToSchema;

use super::family_view::change;
use crate::features::settings::preferences_schemas::{
    PreferenceNameSchema, PreferencesSchemaDocument, PreferencesTree, PreferencesUpdateSchema,
};

/// The path of preferences.
pub const PATH: &str = "/api/users/me/preferences/";
/// The path of the reset.
pub const RESET_PATH: &str = "/api/users/me/preferences/reset/";
const SCHEMA_PATH: &str = "/api/users/me/preferences/schema/";

/// The keys and groups to reset; an empty body resets everything.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing tells every mistake apart"
)]
pub struct ResetPreferencesRequest {
    /// Dotted names of keys and groups.
    #[schema(required = false, value_type = Vec<PreferenceNameSchema>)]
    keys: Vec<String>,
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_preferences>(Caller::UserRow(Limit::General), |route| {
            route.to(get_preferences)
        }),
        Endpoint::new::<__path_update_preferences>(
            Caller::SettingsChange(Limit::PreferencesUpdate),
            |route| route.to(update_preferences),
        )
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(|| vec![Failure::locked("theme.mode")]),
        Endpoint::new::<__path_reset_preferences>(
            Caller::SettingsChange(Limit::PreferencesUpdate),
            |route| route.to(reset_preferences),
        )
        .with_body(Body::json(LARGEST_BODY)),
        Endpoint::new::<__path_get_preferences_schema>(Caller::UserRow(Limit::General), |route| {
            route.to(get_preferences_schema)
        }),
    ]
}

/// Read preferences
///
/// Returns all keys with the caller's choices or the defaults.
#[utoipa::path(
    get, path = PATH, operation_id = "get_preferences", tag = "preferences",
    params(
        ("If-None-Match" = Option<String>, Header, description = "The entity tag of the version that the client has."),
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
    ),
    responses(
        (status = 200, description = "The preferences.", body = PreferencesTree,
            links(
                ("again" = (operation_id = "get_preferences", parameters(("If-None-Match" = "$response.header.ETag")),
                    description = "Read again only if it changed.")),
                ("update" = (operation_id = "update_preferences", parameters(("If-Match" = "$response.header.ETag")),
                    description = "Update only if it has not changed.")),
                ("reset" = (operation_id = "reset_preferences", parameters(("If-Match" = "$response.header.ETag")),
                    description = "Update only if it has not changed.")),
            ),
            example = json!({"notifications": {"email_enabled": true, "push_enabled": true, "slack_enabled": false,
                "digest_frequency": "weekly"}, "theme": {"mode": "system", "accent_color": "#3b82f6"}, "locale": {
                "language": "en", "timezone": "UTC", "date_format": "YYYY-MM-DD", "time_format": "24h",
                "first_day_of_week": "monday"}})),
        (status = 304, description = "The client has the current version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_preferences(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let (tag, tree) = shown(&catalogue, authenticated.loaded.user());
    show(&request, &tag, tree)
}

/// Change preferences
///
/// Changes the given keys: all or none. Send a part of the tree, or dotted keys (`{"theme.mode": "dark"}`). `null`
/// resets a key or a whole group to its default. Without `If-Match` the last write wins.
#[utoipa::path(
    patch, path = PATH, operation_id = "update_preferences", tag = "preferences",
    params(
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags, none of which may be that of the current version."),
    ),
    request_body(content = PreferencesUpdateSchema, examples(
        ("nested" = (summary = "A part of the tree", value = json!({"theme": {"mode": "dark"}}))),
        ("dotted" = (summary = "Dotted keys", value = json!({"theme.mode": "dark", "locale.language": "pt-BR"}))),
        ("default" = (summary = "Reset to the default", value = json!({"theme": null}))),
    )),
    responses((status = 200, description = "The preferences after the change.", body = PreferencesTree,
            example = json!({"notifications": {"email_enabled": true, "push_enabled": true, "slack_enabled": false,
                "digest_frequency": "weekly"}, "theme": {"mode": "dark", "accent_color": "#3b82f6"}, "locale": {
                "language": "en", "timezone": "UTC", "date_format": "YYYY-MM-DD", "time_format": "24h",
                "first_day_of_week": "monday"}}))),
    security(("bearer" = [])),
)]
pub async fn update_preferences(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let update = catalogue
        .preferences()
        .parse_update(&body)
        .map_err(invalid)?;
    update_and_show(&privet, &request, &authenticated, &catalogue, update).await
}

/// Reset preferences
///
/// Resets the given keys and groups to their defaults; an empty body resets everything.
#[utoipa::path(
    post, path = RESET_PATH, operation_id = "reset_preferences", tag = "preferences",
    params(
        ("If-Match" = Option<String>, Header, description = "Entity tags, one of which must be that of the current version."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags, none of which may be that of the current version."),
    ),
    request_body(content = ResetPreferencesRequest, examples(
        ("all" = (summary = "Everything", value = json!({}))),
        ("some" = (summary = "A group and a key", value = json!({"keys": ["theme", "locale.language"]}))),
    )),
    responses((status = 200, description = "The preferences after the change.", body = PreferencesTree,
            example = json!({"notifications": {"email_enabled": true, "push_enabled": true, "slack_enabled": false,
                "digest_frequency": "weekly"}, "theme": {"mode": "system", "accent_color": "#3b82f6"}, "locale": {
                "language": "en", "timezone": "UTC", "date_format": "YYYY-MM-DD", "time_format": "24h",
                "first_day_of_week": "monday"}}))),
    security(("bearer" = [])),
)]
pub async fn reset_preferences(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let update = match parse_reset(body.as_ref())? {
        None => PreferencesUpdate::reset_all(),
        Some(names) => catalogue
            .preferences()
            .parse_reset(&names)
            .map_err(invalid)?,
    };
    update_and_show(&privet, &request, &authenticated, &catalogue, update).await
}

/// Read the schema of preferences
///
/// Returns the JSON Schema (draft 2020-12) of the preferences, with a description and a default for every key. In
/// addition to the formats of JSON Schema it uses `bcp47` (a language tag) and `iana-time-zone`.
#[utoipa::path(
    get, path = SCHEMA_PATH, operation_id = "get_preferences_schema", tag = "preferences",
    responses((status = 200, description = "The JSON Schema.", body = PreferencesSchemaDocument,
        example = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": {"theme": {"type": "object", "properties": {"mode": {
                "description": "Light, dark, or whatever the device says.",
                "enum": ["light", "dark", "system"], "default": "system"}}}}}))),
    security(("bearer" = [])),
)]
pub async fn get_preferences_schema(privet: web::Data<Privet>, _: Authenticated) -> HttpResponse {
    HttpResponse::Ok().json(privet.catalogue.get().preferences().document())
}

async fn update_and_show(
    privet: &Privet,
    request: &HttpRequest,
    authenticated: &Authenticated,
    catalogue: &Arc<Catalogue>,
    update: PreferencesUpdate,
) -> Result<HttpResponse, ApiError> {
    let user = change(privet, request, authenticated, catalogue, update.into()).await?;
    let (tag, tree) = shown(catalogue, &user);
    Ok(changed(&tag, tree))
}

fn shown(catalogue: &Catalogue, user: &User) -> (String, Value) {
    (
        user.tag(catalogue, Family::Preferences),
        user.preferences_tree(catalogue),
    )
}

/// The names to reset; `None` means everything.
pub fn parse_reset(body: Option<&Value>) -> Result<Option<Vec<String>>, ApiError> {
    let Some(body) = body else { return Ok(None) };
    let top = Reader::top(body)?;
    only(top, &["keys"])?;
    let Some(keys) = top.members().get("keys") else {
        return Ok(None);
    };
    let names = keys.as_array().and_then(|keys| {
        keys.iter()
            .map(|key| key.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
    });
    let wrong = || FieldError::new("keys", "Must be a list of keys and groups.");
    names
        .map(Some)
        .ok_or_else(|| ApiError::InvalidMembers(vec![wrong()]))
}

/// Maps the error of a change to an HTTP error.
pub fn invalid(error: InvalidUpdate) -> ApiError {
    match error {
        InvalidUpdate::NotAnObject => ApiError::NotAnObject,
        InvalidUpdate::Keys(errors) => ApiError::InvalidMembers(errors),
    }
}
