//! Endpoints of the OpenID AuthZEN Authorization API 1.0. They follow that specification where it differs from the
//! other endpoints: unknown members are ignored, and a body that is not JSON is 400 whatever its content type.
//! `authzen/request.rs` parses requests.

pub mod batch;
pub mod plain;
pub mod request;
mod schemas;

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_domain::catalogue::{ActionRule, Catalogue};
use privet_domain::rules::decisions::Decision;
use privet_http_core::PublicUrl;
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::LARGEST_BODY;
use privet_http_core::response::answers::no_store;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schemas::ActionSchema;

use plain::PlainEvaluation;
use request::{ActionSearch, AuthzenBody, Evaluation, Unknown};
use schemas::EvaluationReasonSchema;

pub const EVALUATION: &str = "/access/v1/evaluation";
pub const EVALUATIONS: &str = "/access/v1/evaluations";
const SEARCH_ACTION: &str = "/access/v1/search/action";
const CONFIGURATION: &str = "/.well-known/authzen-configuration";

/// May a subject perform an action on a resource?
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct EvaluationRequest {
    /// The viewer.
    subject: SubjectBody,
    /// The action.
    action: ActionRequest,
    /// The user whose settings apply.
    resource: EntityBody,
    /// Ignored.
    #[schema(nullable = false)]
    context: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The viewer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct SubjectBody {
    /// `user`.
    #[schema(rename = "type", example = "user")]
    kind: String,
    /// The UUID of the user. Any other id is unknown.
    #[schema(example = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d")]
    id: String,
    /// Properties of the user that the calling service knows.
    #[schema(nullable = false)]
    properties: Option<SubjectProperties>,
}

/// Properties of a user that the calling service knows.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct SubjectProperties {
    /// Whether the user administrates the group to which the resource would be added.
    #[schema(default = false, nullable = false)]
    admin: Option<bool>,
}

/// The user whose settings apply.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct EntityBody {
    /// `user`.
    #[schema(rename = "type", example = "user")]
    kind: String,
    /// The UUID of the user. Any other id is unknown.
    #[schema(example = "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c")]
    id: String,
    /// Ignored.
    #[schema(nullable = false)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The action to decide.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct ActionRequest {
    /// The name of the action. A name that is not in the catalogue is unknown.
    #[schema(example = "view_profile")]
    name: String,
    /// Ignored.
    #[schema(nullable = false)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// An allowed action.
#[derive(Serialize, ToSchema)]
pub struct ActionBody {
    /// The name of the action.
    #[schema(value_type = ActionSchema)]
    name: String,
}

/// Which actions may a subject perform on a resource?
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct ActionSearchRequest {
    /// The viewer.
    subject: SubjectBody,
    /// The user whose settings apply.
    resource: EntityBody,
    /// Ignored.
    #[schema(nullable = false)]
    context: Option<serde_json::Map<String, serde_json::Value>>,
    /// Accepted, but the result always has one page.
    #[schema(nullable = false)]
    page: Option<ActionSearchPage>,
}

/// Paging parameters. The result always has all items in one page.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct ActionSearchPage {
    /// Ignored: Privet returns no page tokens.
    #[schema(nullable = false)]
    token: Option<String>,
    /// Ignored.
    #[schema(nullable = false, maximum = 9_007_199_254_740_991_u64)]
    limit: Option<u64>,
    /// Ignored.
    #[schema(nullable = false)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A decision with its reason.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct EvaluationResponse {
    /// Whether the action is allowed.
    decision: bool,
    /// The reason.
    context: EvaluationContext,
}

/// The reason.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct EvaluationContext {
    /// A reason of decisions, or the unknown part of the request.
    #[schema(value_type = EvaluationReasonSchema)]
    reason: &'static str,
}

/// The actions that a subject may perform.
#[derive(Serialize, ToSchema)]
pub struct ActionSearchResponse {
    /// All allowed actions, on one page.
    results: Vec<ActionBody>,
}

/// The metadata of this policy decision point.
#[derive(Serialize, ToSchema)]
pub struct AuthzenConfiguration {
    /// The base URL of this service.
    #[schema(format = "uri")]
    policy_decision_point: String,
    /// The URL of evaluation.
    #[schema(format = "uri")]
    access_evaluation_endpoint: String,
    /// The URL of evaluations.
    #[schema(format = "uri")]
    access_evaluations_endpoint: String,
    /// The URL of action search.
    #[schema(format = "uri")]
    search_action_endpoint: String,
}

impl EvaluationResponse {
    const fn new(decision: bool, reason: &'static str) -> Self {
        Self {
            decision,
            context: EvaluationContext { reason },
        }
    }
}

impl From<Decision> for EvaluationResponse {
    fn from(decision: Decision) -> Self {
        Self::new(decision.allowed, decision.reason.as_str())
    }
}

/// For an unknown user or resource no action is allowed.
impl From<Unknown> for EvaluationResponse {
    fn from(unknown: Unknown) -> Self {
        Self::new(false, unknown.as_str())
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_evaluate>(Caller::Service(Scope::Decide), |route| {
            route.to(evaluate)
        })
        .with_body(Body::of_any_type(LARGEST_BODY)),
        batch::endpoint(),
        Endpoint::new::<__path_search_actions>(Caller::Service(Scope::Decide), |route| {
            route.to(search_actions)
        })
        .with_body(Body::of_any_type(LARGEST_BODY)),
        Endpoint::new::<__path_get_authzen_configuration>(Caller::Anyone, |route| {
            route.to(get_authzen_configuration)
        }),
    ]
}

async fn answer(
    privet: &Privet,
    catalogue: &Catalogue,
    evaluation: Evaluation<'_>,
) -> Result<EvaluationResponse, ApiError> {
    match evaluation {
        Err(unknown) => Ok(unknown.into()),
        Ok(check) => {
            let decisions = privet.rules.decide(catalogue, &[check]).await?;
            let decision = decisions.into_iter().next().ok_or(ApiError::Internal)?;
            Ok(decision.into())
        }
    }
}

/// Evaluate an access request
///
/// AuthZEN access evaluation: returns whether the `subject` (the viewer) may perform the action on the `resource`
/// (the user whose settings apply). An unknown action, type or id is not an error but `decision: false`. Requires
/// the scope `privacy:decide`.
#[utoipa::path(
    post, path = EVALUATION, operation_id = "evaluate", tag = "authzen",
    request_body(content = EvaluationRequest, example = json!({
        "subject": {"type": "user", "id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d"}, "action": {"name": "view_profile"},
        "resource": {"type": "user", "id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"}})),
    responses(
        (status = 200, description = "The decision.", body = EvaluationResponse,
            example = json!({"decision": true, "context": {"reason": "mutual_contact"}})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn evaluate(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    body: AuthzenBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let evaluation = match PlainEvaluation::read(body.text()) {
        Some(plain) => plain.evaluation(&catalogue),
        None => request::parse_evaluation(&catalogue, &body.value()?)?,
    };
    Ok(no_store(answer(&privet, &catalogue, evaluation).await?))
}

/// Search allowed actions
///
/// AuthZEN action search: returns all actions that a subject may perform on a resource. Requires the scope
/// `privacy:decide`.
#[utoipa::path(
    post, path = SEARCH_ACTION, operation_id = "search_actions", tag = "authzen",
    request_body(content = ActionSearchRequest, example = json!({
        "subject": {"type": "user", "id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d"},
        "resource": {"type": "user", "id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"}})),
    responses(
        (status = 200, description = "All allowed actions on one page, whatever `page` contains.", body = ActionSearchResponse,
            example = json!({"results": [{"name": "view_profile"}, {"name": "send_email"}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn search_actions(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    body: AuthzenBody,
) -> Result<HttpResponse, ApiError> {
    let results = match request::parse_action_search(&body.value()?)? {
        Err(_) => Vec::new(),
        Ok(ActionSearch {
            question,
            viewer_is_admin,
        }) => {
            let catalogue = privet.catalogue.get();
            let decisions = privet
                .rules
                .decide_all_actions(&catalogue, question, viewer_is_admin);
            let decisions = decisions.await?;
            let allowed = |(rule, decision): (&ActionRule, Decision)| {
                let name = rule.name().to_owned();
                decision.allowed.then_some(ActionBody { name })
            };
            decisions.into_iter().filter_map(allowed).collect()
        }
    };
    Ok(no_store(ActionSearchResponse { results }))
}

/// Read AuthZEN metadata
///
/// Returns the metadata of this policy decision point, with the URLs of its endpoints. Needs no token.
#[utoipa::path(
    get, path = CONFIGURATION, operation_id = "get_authzen_configuration", tag = "authzen",
    responses(
        (status = 200, description = "The metadata.", body = AuthzenConfiguration,
            example = json!({"policy_decision_point": "https://privet.example.com",
                "access_evaluation_endpoint": "https://privet.example.com/access/v1/evaluation",
                "access_evaluations_endpoint": "https://privet.example.com/access/v1/evaluations",
                "search_action_endpoint": "https://privet.example.com/access/v1/search/action"})),
    ),
)]
pub async fn get_authzen_configuration(public_url: web::Data<PublicUrl>) -> HttpResponse {
    let base = &public_url.url;
    HttpResponse::Ok().json(AuthzenConfiguration {
        policy_decision_point: base.clone(),
        access_evaluation_endpoint: format!("{base}{EVALUATION}"),
        access_evaluations_endpoint: format!("{base}{EVALUATIONS}"),
        search_action_endpoint: format!("{base}{SEARCH_ACTION}"),
    })
}
