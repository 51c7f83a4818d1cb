//! Decisions over HTTP: what users' settings allow, for the product's services, and for a user's own
//! client, who never learns why.

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
use privet_http_core::request::body::LARGEST_BATCH;
use privet_http_core::request::body::{BatchBody, JsonBody};
use privet_http_core::request::members::{Object, Reader};
use privet_http_core::request::parameters::UserIdParameter;
use privet_http_core::response::answers::no_store;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::schemas::{ActionSchema, PermissionsSchema, ReasonSchema};

/// Where services ask.
pub const DECISIONS: &str = "/api/v1/privacy/decisions";
/// Where callers read what they may do.
pub const ACCESS: &str = "/api/v1/privacy/users/{userId}/access";

/// What a service asks.
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

/// One question.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct CheckRequest {
    /// Who wants something.
    #[schema(format = "uuid")]
    viewer: String,
    /// Whose settings count.
    #[schema(format = "uuid")]
    subject: String,
    /// What the viewer wants.
    #[schema(value_type = ActionSchema)]
    action: String,
    /// Whether the viewer administrates the group that the subject may be added to.
    #[schema(default = false, nullable = false)]
    viewer_is_admin: Option<bool>,
}

/// The answers, one for each check and in their order.
#[derive(Serialize, ToSchema)]
pub struct DecideResponse {
    /// All from one consistent snapshot.
    decisions: Vec<DecisionResponse>,
}

/// One answer.
#[derive(Serialize, ToSchema)]
pub struct DecisionResponse {
    /// Whether the viewer may.
    allowed: bool,
    /// Why. For services; not to be shown to the viewer.
    #[schema(value_type = ReasonSchema)]
    reason: &'static str,
}

/// What the caller may do to somebody.
#[derive(Serialize, ToSchema)]
pub struct AccessResponse {
    /// Whom it is about.
    #[schema(format = "uuid")]
    subject: String,
    /// Every action and whether it is allowed.
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

/// What is served here.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_access>(Caller::User(Limit::General), |route| {
            route.to(get_access)
        }),
        Endpoint::new::<__path_decide>(Caller::Service(Scope::Decide), |route| route.to(decide))
            .with_body(Body::json(LARGEST_BATCH)),
    ]
}

/// Decide
///
/// Whether viewers may do something to subjects, and why: up to 1,000 checks, answered in order and from one
/// consistent snapshot. One bad check refuses the call. An answer reflects every change acknowledged
/// before the call.
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
    JsonBody(body): BatchBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let checks = parse_checks(&catalogue, &body)?;
    let decisions = privet.rules.decide(&catalogue, &checks).await?;
    let decisions = decisions.into_iter().map(DecisionResponse::from).collect();
    Ok(no_store(DecideResponse { decisions }))
}

/// What a body asks.
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

/// What an action can be, for people.
fn actions_taken(catalogue: &Catalogue) -> String {
    let names: Vec<_> = catalogue.actions().iter().map(ActionRule::name).collect();
    format!("Must be one of: {}.", names.join(", "))
}

/// Read what one may do
///
/// What the caller may do to somebody. Never says why: a block cannot be told from a setting, nor an erased
/// account from a private one. Group administrators have a token with the scope `privacy:admin`; it is for
/// the product's own staff, since whoever may add everybody notices by whom they were blocked.
#[utoipa::path(
    get, path = ACCESS, operation_id = "get_access", tag = "decisions",
    params(("userId" = Uuid, Path, description = "Whom it is about.")),
    responses(
        (status = 200, description = "Every action.", body = AccessResponse),
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
