//! The endpoint of the history of the caller's settings.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::settings::audit::{AuditPage, AuditQuery};
use privet_domain::UserId;
use privet_domain::catalogue::Catalogue;
use privet_domain::settings::audit::{AuditEntry, SettingName};
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::cursor::{self, List};
use privet_http_core::request::parameters::Parameters;
use privet_http_core::response::answers::private_no_cache;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::schemas::SettingNameSchema;

const PATH: &str = "/api/v1/privacy/audit";

/// Query parameters that select a part of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParameters {
    /// Return only entries of this setting, given by its dotted name. An empty value counts as absent.
    #[param(value_type = Option<SettingNameSchema>, example = "account.is_private")]
    setting: Option<String>,
    /// The maximum number of entries.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the previous page. An empty value counts as absent.
    #[param(value_type = Option<String>, format = "cursor")]
    cursor: Option<String>,
}

/// A page of the caller's history, newest first.
#[derive(Serialize, ToSchema)]
pub struct ListAuditEntriesResponse {
    /// The entries, newest first.
    entries: Vec<AuditEntryResponse>,
    /// The cursor of the next page; null on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A change of one setting.
#[derive(Serialize, ToSchema)]
pub struct AuditEntryResponse {
    /// The id of the entry.
    #[schema(format = "uuid")]
    id: String,
    /// When the setting changed.
    #[schema(format = "date-time")]
    occurred_at: String,
    /// The user, service or member of the product's staff who changed it.
    #[schema(format = "uuid")]
    actor_id: String,
    /// The dotted name of the setting.
    #[schema(value_type = SettingNameSchema)]
    setting: String,
    /// The value before the change; any JSON value.
    old_value: Value,
    /// The value after the change; after a reset the default.
    new_value: Value,
    /// The `X-Request-Id` of the request that changed it.
    request_id: String,
    /// Why a member of the product's support staff changed it. Absent for all other changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

impl From<AuditEntry> for AuditEntryResponse {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            occurred_at: entry.occurred_at.to_string(),
            actor_id: entry.actor_id.to_string(),
            setting: entry.change.setting,
            old_value: entry.change.old_value,
            new_value: entry.change.new_value,
            request_id: entry.request_id.as_str().to_owned(),
            reason: entry.reason.map(|reason| reason.as_str().to_owned()),
        }
    }
}

impl From<AuditPage> for ListAuditEntriesResponse {
    fn from(page: AuditPage) -> Self {
        Self {
            entries: page
                .entries
                .into_iter()
                .map(AuditEntryResponse::from)
                .collect(),
            next_cursor: page.next.map(|id| cursor::encode_id(List::Audit, id)),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new::<__path_list_audit_entries>(
        Caller::User(Limit::General),
        |route| route.to(list_audit_entries),
    )]
}

/// List the history of settings
///
/// Returns all changes of the caller's settings, newest first, in pages. A page also ends at 256 KiB.
#[utoipa::path(
    get, path = PATH, operation_id = "list_audit_entries", tag = "audit",
    params(AuditParameters),
    responses(
        (status = 200, description = "A page of the history.", body = ListAuditEntriesResponse,
            links(("next" = (operation_id = "list_audit_entries", parameters(("cursor" = "$response.body#/next_cursor")),
                description = "The next page."))),
            example = json!({"entries": [{"id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
                "occurred_at": "2026-01-31T10:30:45.000000Z", "actor_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                "setting": "account.is_private", "old_value": true, "new_value": false,
                "request_id": "0190f3c4-7a5d-7a11-8d21-1f2e3d4c5b6a"}], "next_cursor": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_audit_entries(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<AuditParameters>,
) -> Result<HttpResponse, ApiError> {
    let user_id = authenticated.caller.user_id;
    let query = parse_query(&privet.catalogue.get(), user_id, &parameters)?;
    answer_page(&privet, query).await
}

/// The answer with a page of a user's history.
pub async fn answer_page(privet: &Privet, query: AuditQuery) -> Result<HttpResponse, ApiError> {
    let page = privet.settings.list_audit_entries(query).await?;
    Ok(private_no_cache(
        StatusCode::OK,
        ListAuditEntriesResponse::from(page),
    ))
}

/// The requested page of a user's history.
pub fn parse_query(
    catalogue: &Catalogue,
    user_id: UserId,
    given: &AuditParameters,
) -> Result<AuditQuery, ApiError> {
    let mut parameters = Parameters::default();
    let setting = given.setting.as_ref().filter(|name| !name.is_empty());
    let setting = parameters.read("setting", setting, |name| {
        SettingName::parse(catalogue, name).map_err(|error| error.to_string())
    });
    let limit = parameters.read_limit(given.limit.as_ref());
    let before = parameters.read_cursor(given.cursor.as_ref(), |text| {
        cursor::decode_id(List::Audit, text)
    });
    parameters.finish(AuditQuery {
        user_id,
        setting,
        before,
        limit,
    })
}
