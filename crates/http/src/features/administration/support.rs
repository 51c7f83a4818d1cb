//! Endpoints of the product's support staff: they look at a user's data and change settings, each time with a reason that
//! the user sees.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::administration::support::{SupportError, SupportView};
use privet_domain::UserId;
use privet_domain::catalogue::{Catalogue, ChoicesUpdate};
use privet_domain::settings::looks::{InvalidSupportReason, SupportReason};
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::{JsonBody, LARGEST_BODY};
use privet_http_core::request::members::Reader;
use privet_http_core::request::parameters::UserIdParameter;
use privet_http_core::request::support_reason::{SupportReasonHeader, wrong};
use privet_http_core::response::answers::{no_store, private_no_cache};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::features::rules::explanations::{ExplainResponse, ViewParameters, answer_explanations};
use crate::features::settings::audit::{
    AuditParameters, ListAuditEntriesResponse, answer_page, parse_query,
};
use crate::features::settings::catalogue::{SettingResponse, settings_for};

/// The path of the view of a user.
pub const ONE: &str = "/api/v1/admin/users/{userId}";
const AUDIT: &str = "/api/v1/admin/users/{userId}/audit";
/// The path of explanations of a user's settings.
pub const EXPLAIN: &str = "/api/v1/admin/users/{userId}/explain";
/// The path of changes of a user's settings.
pub const SETTINGS: &str = "/api/v1/admin/users/{userId}/settings";

const ABSENT: &str = "There is no such user.";

/// What the staff see of a user. It names no other user.
#[derive(Serialize, ToSchema)]
pub struct SupportViewResponse {
    /// The user.
    #[schema(format = "uuid")]
    user_id: String,
    /// When the user was created.
    #[schema(format = "date-time")]
    created_at: String,
    /// All settings with the user's values, as in the catalogue.
    settings: Vec<SettingResponse>,
    /// The user's cohorts.
    cohorts: Vec<String>,
    /// The lengths of the user's lists.
    counts: SupportCountsResponse,
}

/// The lengths of a user's lists.
#[derive(Serialize, ToSchema)]
pub struct SupportCountsResponse {
    /// Users whom the user added.
    contacts: u32,
    /// Users whom the user blocked.
    blocks: u32,
    /// Users for whom the user has exceptions.
    exceptions: u32,
    /// Accepted followers.
    followers: u64,
    /// Users whom the user follows.
    following: u64,
    /// Requests to follow the user that the user sees.
    requests_received: u64,
}

impl SupportViewResponse {
    fn of(catalogue: &Catalogue, view: &SupportView) -> Self {
        Self {
            user_id: view.user.id.to_string(),
            created_at: view.user.created_at.to_string(),
            settings: settings_for(catalogue, &view.user),
            cohorts: view.user.cohorts.iter().map(str::to_owned).collect(),
            counts: SupportCountsResponse {
                contacts: view.owned.contacts,
                blocks: view.owned.blocks,
                exceptions: view.owned.exceptions,
                followers: view.follows.followers,
                following: view.follows.following,
                requests_received: view.follows.requests_received,
            },
        }
    }
}

/// New choices of a user.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct SupportChangeRequest {
    /// By dotted name: the value, or null to take the choice back. `{"value": null}` chooses the value null.
    settings: Map<String, Value>,
}

/// The settings of a user after a change.
#[derive(Serialize, ToSchema)]
pub struct SupportChangeResponse {
    /// All settings with the user's values, as in the catalogue.
    settings: Vec<SettingResponse>,
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    let looking = || {
        vec![
            Failure::absent("The user is unknown or erased.", ABSENT),
            no_reason(),
        ]
    };
    let changing = || {
        vec![
            Failure::absent("The user is unknown or erased.", ABSENT),
            no_reason(),
            Failure::locked("messaging.who_can_add_to_groups"),
        ]
    };
    let staff = Caller::Service(Scope::Support);
    vec![
        Endpoint::new::<__path_view_user>(staff, |route| route.to(view_user))
            .with_failures(looking),
        Endpoint::new::<__path_list_audit_entries_of_user>(staff, |route| {
            route.to(list_audit_entries_of_user)
        })
        .with_failures(looking),
        Endpoint::new::<__path_explain_user>(staff, |route| route.to(explain_user))
            .with_failures(looking),
        Endpoint::new::<__path_change_settings_of_user>(staff, |route| {
            route.to(change_settings_of_user)
        })
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(changing),
    ]
}

fn no_reason() -> Failure {
    let meaning = "`Support-Reason` is missing, given twice or not a reason.";
    Failure::new("no reason", meaning, wrong(&InvalidSupportReason))
}

/// Look at a user
///
/// Returns the settings, cohorts and list lengths of a user, and no other user. The look is recorded, and the user sees who
/// looked and why.
#[utoipa::path(
    get, path = ONE, operation_id = "view_user", tag = "administration",
    params(
        ("userId" = Uuid, Path, description = "The user."),
        ("Support-Reason" = String, Header, description = "Why you look: 1 to 200 printable ASCII characters. The user sees it.",
            min_length = 1, max_length = 200, pattern = "^[!-~]([ -~]*[!-~])?$", example = "ticket 4711"),
    ),
    responses(
        (status = 200, description = "The user.", body = SupportViewResponse),
    ),
    security(("bearer" = ["users:support"])),
)]
pub async fn view_user(
    privet: web::Data<Privet>,
    staff: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
    SupportReasonHeader(reason): SupportReasonHeader,
) -> Result<HttpResponse, ApiError> {
    let view = privet
        .administration
        .view_user(staff.caller(), user_id, reason);
    let view = view.await.map_err(refusal)?;
    let response = SupportViewResponse::of(&privet.catalogue.get(), &view);
    Ok(private_no_cache(StatusCode::OK, response))
}

/// List the history of a user's settings
///
/// Returns the same pages as the user's own history. The look is recorded, and the user sees who looked and why.
#[utoipa::path(
    get, path = AUDIT, operation_id = "list_audit_entries_of_user", tag = "administration",
    params(
        ("userId" = Uuid, Path, description = "The user."),
        ("Support-Reason" = String, Header, description = "Why you look: 1 to 200 printable ASCII characters. The user sees it.",
            min_length = 1, max_length = 200, pattern = "^[!-~]([ -~]*[!-~])?$", example = "ticket 4711"),
        AuditParameters,
    ),
    responses(
        (status = 200, description = "A page of the history.", body = ListAuditEntriesResponse,
            links(("next" = (operation_id = "list_audit_entries_of_user", parameters(("cursor" = "$response.body#/next_cursor")),
                description = "The next page."))),
            example = json!({"entries": [{"id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
                "occurred_at": "2026-01-31T10:30:45.000000Z", "actor_id": "0b7e1c52-6f7d-4c1b-9f0e-2d3c4b5a6978",
                "setting": "account.is_private", "old_value": true, "new_value": false,
                "request_id": "0190f3c4-7a5d-7a11-8d21-1f2e3d4c5b6a", "reason": "ticket 4711"}], "next_cursor": null})),
    ),
    security(("bearer" = ["users:support"])),
)]
pub async fn list_audit_entries_of_user(
    privet: web::Data<Privet>,
    staff: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
    SupportReasonHeader(reason): SupportReasonHeader,
    web::Query(parameters): web::Query<AuditParameters>,
) -> Result<HttpResponse, ApiError> {
    let query = parse_query(&privet.catalogue.get(), user_id, &parameters)?;
    look(&privet, &staff, user_id, reason).await?;
    answer_page(&privet, query).await
}

/// Explain what others may do to a user
///
/// Returns the same decisions as the user's own explanations. The look is recorded, and the user sees who looked and why.
#[utoipa::path(
    get, path = EXPLAIN, operation_id = "explain_user", tag = "administration",
    params(
        ("userId" = Uuid, Path, description = "The user."),
        ("Support-Reason" = String, Header, description = "Why you look: 1 to 200 printable ASCII characters. The user sees it.",
            min_length = 1, max_length = 200, pattern = "^[!-~]([ -~]*[!-~])?$", example = "ticket 4711"),
        ViewParameters,
    ),
    responses(
        (status = 200, description = "The decisions of all actions.", body = ExplainResponse),
    ),
    security(("bearer" = ["users:support"])),
)]
pub async fn explain_user(
    privet: web::Data<Privet>,
    staff: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
    SupportReasonHeader(reason): SupportReasonHeader,
    web::Query(parameters): web::Query<ViewParameters>,
) -> Result<HttpResponse, ApiError> {
    let view = parameters.parse()?;
    look(&privet, &staff, user_id, reason).await?;
    answer_explanations(&privet, user_id, view).await
}

/// Change a user's settings
///
/// Changes settings and preferences of a user, all or none. Each change is recorded in the user's history with the member of the
/// staff as actor, and with the reason. Null takes a choice back; `{"value": …}` chooses any value, also null.
#[utoipa::path(
    patch, path = SETTINGS, operation_id = "change_settings_of_user", tag = "administration",
    params(
        ("userId" = Uuid, Path, description = "The user."),
        ("Support-Reason" = String, Header, description = "Why you change settings: 1 to 200 printable ASCII characters. The user sees it.",
            min_length = 1, max_length = 200, pattern = "^[!-~]([ -~]*[!-~])?$", example = "ticket 4711"),
    ),
    request_body(content = SupportChangeRequest,
        example = json!({"settings": {"messaging.show_last_seen": false, "preferences.theme.mode": null}})),
    responses(
        (status = 200, description = "The settings after the change.", body = SupportChangeResponse),
    ),
    security(("bearer" = ["users:support"])),
)]
pub async fn change_settings_of_user(
    privet: web::Data<Privet>,
    staff: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
    SupportReasonHeader(reason): SupportReasonHeader,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let update = parse_change(&catalogue, &body)?;
    let administration = &privet.administration;
    let changed =
        administration.change_settings(staff.caller(), user_id, reason, &catalogue, update);
    let user = changed.await.map_err(refusal)?;
    let settings = settings_for(&catalogue, &user);
    Ok(no_store(SupportChangeResponse { settings }))
}

async fn look(
    privet: &Privet,
    staff: &AuthenticatedService,
    user_id: UserId,
    reason: SupportReason,
) -> Result<(), ApiError> {
    let look = privet
        .administration
        .record_look(staff.caller(), user_id, reason);
    look.await.map_err(refusal)
}

fn refusal(error: SupportError) -> ApiError {
    match error {
        SupportError::NotFound => ApiError::Absent(ABSENT),
        SupportError::Locked(locked) => ApiError::Locked(locked.fields().to_vec()),
        SupportError::Store(error) => error.into(),
    }
}

/// Parses the body of a change.
pub fn parse_change(catalogue: &Catalogue, body: &Value) -> Result<ChoicesUpdate, ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["settings"]);
    let takes = "Must be an object with at least one setting.";
    let settings = reader.read(top, "settings", takes, |value| {
        value.as_object().filter(|settings| !settings.is_empty())
    });
    let mut wanted = Vec::new();
    for (name, value) in settings.into_iter().flatten() {
        let parsed = match whole_value(value) {
            Some(value) => catalogue.parse_choice(name, value),
            None if value.is_null() => catalogue.parse_taken_back(name),
            None => catalogue.parse_choice(name, value),
        };
        match parsed {
            Ok(choice) => wanted.push(choice),
            Err(error) => reader.wrong(top, name, &error.message),
        }
    }
    reader.finish(Some(ChoicesUpdate::new(wanted)))
}

/// The value in `{"value": …}`.
fn whole_value(value: &Value) -> Option<&Value> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get("value")
}
