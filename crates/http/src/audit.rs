//! Audit over HTTP: the caller's own history.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::audit::{AuditPage, AuditQuery};
use privet_application::rate_limits::Limit;
use privet_domain::audit::{AuditEntry, SettingName};
use privet_domain::{FieldError, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::admission::{Admission, Gate};
use crate::cursor::{self, List};
use crate::errors::ApiError;
use crate::routes::Path;

const PATH: &str = "/api/v1/privacy/audit";
const DEFAULT_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;

/// Which part of the history is wanted. An empty parameter counts as left out.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParameters {
    /// Only this setting's, by its dotted name.
    #[param(example = "messaging.show_last_seen")]
    setting: Option<String>,
    /// At most so many entries.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of the caller's history, newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditResponse {
    /// Newest first.
    entries: Vec<AuditEntryResponse>,
    /// Where to go on; null on the last page.
    next_cursor: Option<String>,
}

/// One changed setting.
#[derive(Serialize, ToSchema)]
pub struct AuditEntryResponse {
    /// The entry's own id.
    #[schema(format = "uuid")]
    id: String,
    /// When the setting changed.
    #[schema(format = "date-time")]
    occurred_at: String,
    /// Who changed it.
    #[schema(format = "uuid")]
    actor_id: String,
    /// The setting's dotted name.
    setting: String,
    /// What it was; any JSON value.
    old_value: Value,
    /// What it became; after a reset the default.
    new_value: Value,
    /// The `X-Request-Id` of the request that changed it.
    request_id: String,
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
        }
    }
}

impl From<AuditPage> for AuditResponse {
    fn from(page: AuditPage) -> Self {
        Self {
            entries: page
                .entries
                .into_iter()
                .map(AuditEntryResponse::from)
                .collect(),
            next_cursor: page.next.map(|id| cursor::encode(List::Audit, id)),
        }
    }
}

pub fn path(gate: &Gate) -> Path {
    Path::new(PATH).get(|route| route.to(list_audit_entries).wrap(gate.user(Limit::General)))
}

/// Read one's own history
///
/// Every change of every setting of the caller, newest first.
#[utoipa::path(
    get, path = PATH, operation_id = "list_audit_entries", tag = "audit",
    params(AuditParameters),
    responses(
        (status = 200, description = "A page of the history.", body = AuditResponse,
            example = json!({"entries": [{"id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
                "occurred_at": "2026-01-31T10:30:45.000000Z", "actor_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                "setting": "messaging.show_last_seen", "old_value": true, "new_value": false,
                "request_id": "0190f3c4-7a5d-7a11-8d21-1f2e3d4c5b6a"}], "next_cursor": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_audit_entries(
    privet: web::Data<Privet>,
    admission: Admission,
    web::Query(parameters): web::Query<AuditParameters>,
) -> Result<HttpResponse, ApiError> {
    let query = parse_query(admission.caller.user_id, &parameters)?;
    let page = privet.list_audit_entries(query).await?;
    let private = (header::CACHE_CONTROL, "private, no-cache");
    let body = AuditResponse::from(page);
    Ok(HttpResponse::Ok()
        .insert_header(private)
        .insert_header((header::VARY, "Authorization"))
        .json(body))
}

fn parse_query(user_id: UserId, parameters: &AuditParameters) -> Result<AuditQuery, ApiError> {
    let mut errors = Vec::new();
    let setting = parse_parameter(
        "setting",
        parameters.setting.as_ref(),
        &mut errors,
        |name| SettingName::parse(name).map_err(|error| error.to_string()),
    );
    let limit = parse_parameter("limit", parameters.limit.as_ref(), &mut errors, parse_limit);
    let before = parse_parameter("cursor", parameters.cursor.as_ref(), &mut errors, |text| {
        cursor::decode(List::Audit, text).ok_or_else(|| "is not a cursor of this list".to_owned())
    });
    if errors.is_empty() {
        Ok(AuditQuery {
            user_id,
            setting,
            before,
            limit: limit.unwrap_or(DEFAULT_LIMIT),
        })
    } else {
        Err(ApiError::InvalidQuery(errors))
    }
}

fn parse_limit(text: &str) -> Result<u32, String> {
    // Digits only: `parse` would take a sign too.
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let limit = digits.and_then(|digits| digits.parse().ok());
    limit
        .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
        .ok_or_else(|| format!("must be a whole number from 1 to {LARGEST_LIMIT}"))
}

fn parse_parameter<T>(
    name: &str,
    given: Option<&String>,
    errors: &mut Vec<FieldError>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let text = given.filter(|text| !text.is_empty())?;
    match parse(text) {
        Ok(value) => Some(value),
        Err(message) => {
            errors.push(FieldError::new(name, message));
            None
        }
    }
}
