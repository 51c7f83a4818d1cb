//! Endpoints of decisions: for services with reasons, for a user's own client without.

use std::cell::LazyCell;

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::rules::decisions::{Check, MOST_PAIRS, Question};
use privet_domain::catalogue::{ActionRule, Catalogue};
use privet_domain::rules::decisions::Decision;
use privet_http_core::auth::middleware::{Authenticated, AuthenticatedService};
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::JsonBody;
use privet_http_core::request::body::LARGEST_BATCH;
use privet_http_core::request::members::{Object, Reader};
use privet_http_core::request::parameters::UserIdParameter;
use privet_http_core::response::answers::no_store;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::schemas::{ActionSchema, PermissionsSchema, ReasonSchema};

/// The path of decisions.
pub const DECISIONS: &str = "/api/v1/privacy/decisions";
/// The path of access.
pub const ACCESS: &str = "/api/v1/privacy/users/{userId}/access";

/// The checks of a service.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct DecideRequest {
    /// 1 to 1,000 checks.
    #[schema(min_items = 1, max_items = 1000)]
    checks: Vec<CheckRequest>,
}

/// One check.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct CheckRequest {
    /// The viewer, who wants to perform the action.
    #[schema(format = "uuid")]
    viewer: String,
    /// The user whose settings apply.
    #[schema(format = "uuid")]
    subject: String,
    /// The action.
    #[schema(value_type = ActionSchema)]
    action: String,
    /// Whether the viewer administrates the group to which the subject would be added.
    #[schema(default = false, nullable = false)]
    viewer_is_admin: Option<bool>,
}

/// The decisions, in the order of the checks.
#[derive(Serialize, ToSchema)]
pub struct DecideResponse {
    /// The decisions, from one consistent snapshot; on a distributed PostgreSQL each is true at one moment.
    decisions: Vec<DecisionResponse>,
}

/// One decision.
#[derive(Serialize, ToSchema)]
pub struct DecisionResponse {
    /// Whether the action is allowed.
    allowed: bool,
    /// The reason, for the service. Do not show it to the viewer.
    #[schema(value_type = ReasonSchema)]
    reason: &'static str,
}

/// The actions that the caller may perform on a user.
#[derive(Serialize, ToSchema)]
pub struct AccessResponse {
    /// The user whose settings apply.
    #[schema(format = "uuid")]
    subject: String,
    /// Every action, with whether it is allowed.
    #[schema(value_type = PermissionsSchema)]
    permissions: Map<String, Value>,
}

impl From<Decision> for DecisionResponse {
    fn from(decision: Decision) -> Self {
        Self {
            allowed: decision.allowed,
            reason: decision.reason.as_str(),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_access>(Caller::User(Limit::General), |route| {
            route.to(get_access)
        }),
        Endpoint::new::<__path_decide>(Caller::Service(Scope::Decide), |route| route.to(decide))
            .with_body(Body::json(LARGEST_BATCH)),
    ]
}

/// Decide about actions
///
/// Decides up to 1,000 checks: may a viewer perform an action on a subject, and why? The decisions are in the
/// order of the checks, from one consistent snapshot, and reflect every change that was acknowledged before the
/// call. On a distributed PostgreSQL each decision is true at one moment during the call. One invalid check refuses
/// the whole call. Requires the scope `privacy:decide`.
#[utoipa::path(
    post, path = DECISIONS, operation_id = "decide", tag = "decisions",
    request_body(content = DecideRequest, example = json!({"checks": [
        {"viewer": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "subject": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c",
         "action": "view_last_seen"},
        {"viewer": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "subject": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c",
         "action": "add_to_group", "viewer_is_admin": true}]})),
    responses(
        (status = 200, description = "The decisions.", body = DecideResponse,
            example = json!({"decisions": [{"allowed": false, "reason": "setting_off"}, {"allowed": true, "reason": "everyone"}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn decide(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let checks = parse_checks(&catalogue, &body)?;
    let decisions = privet.rules.decide(&catalogue, &checks).await?;
    let decisions = decisions.into_iter().map(DecisionResponse::from).collect();
    Ok(no_store(DecideResponse { decisions }))
}

/// Parses a body.
pub fn parse_checks<'c>(
    catalogue: &'c Catalogue,
    body: &Value,
) -> Result<Vec<Check<'c>>, ApiError> {
    let takes = LazyCell::new(|| actions_taken(catalogue));
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["checks"]);
    let checks = reader.list(top, "checks", (1, MOST_PAIRS), |reader, index, value| {
        let check = reader.object("checks", index, value)?;
        parse_check(catalogue, &takes, reader, check)
    });
    reader.finish(Some(checks))
}

fn parse_check<'c>(
    catalogue: &'c Catalogue,
    takes: &str,
    reader: &mut Reader,
    check: Object<'_>,
) -> Option<Check<'c>> {
    reader.refuse_besides(check, &["viewer", "subject", "action", "viewer_is_admin"]);
    let viewer = reader.user_id(check, "viewer");
    let subject = reader.user_id(check, "subject");
    let action = reader.read(check, "action", takes, |value| {
        catalogue.find_action(value.as_str()?)
    });
    let viewer_is_admin = reader.flag(check, "viewer_is_admin");
    Some(Check {
        question: Question {
            viewer: viewer?,
            subject: subject?,
        },
        rule: action?.1,
        viewer_is_admin,
    })
}

/// The error message that lists the valid actions.
pub fn actions_taken(catalogue: &Catalogue) -> String {
    let names: Vec<_> = catalogue.actions().iter().map(ActionRule::name).collect();
    format!("Must be one of: {}.", names.join(", "))
}

/// Read allowed actions
///
/// Returns which actions the caller may perform on a user. It gives no reasons: a block looks like a setting, and
/// an erased account like a private one. With the scope `privacy:admin` the caller counts as a group
/// administrator. Give this scope only to staff of the product, because its holder can find out who blocked them.
#[utoipa::path(
    get, path = ACCESS, operation_id = "get_access", tag = "decisions",
    params(("userId" = Uuid, Path, description = "The user whose settings apply.")),
    responses(
        (status = 200, description = "All actions, with whether they are allowed.", body = AccessResponse),
    ),
    security(("bearer" = [])),
)]
pub async fn get_access(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    UserIdParameter(subject): UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let question = Question {
        viewer: authenticated.caller.user_id,
        subject,
    };
    let is_admin = authenticated.caller.scopes.contains(Scope::Admin.as_str());
    let catalogue = privet.catalogue.get();
    let decisions = privet
        .rules
        .decide_all_actions(&catalogue, question, is_admin);
    let decisions = decisions.await?;
    let permissions = decisions
        .into_iter()
        .map(|(rule, decision)| (rule.name().to_owned(), decision.allowed.into()));
    Ok(no_store(AccessResponse {
        subject: subject.to_string(),
        permissions: permissions.collect(),
    }))
}
