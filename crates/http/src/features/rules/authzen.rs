//! The same decisions over the OpenID AuthZEN Authorization API 1.0. These paths follow that
//! specification where it differs from the rest: members that it does not know are ignored, and a body
//! that is no JSON is 400 whatever it says it is. Requests are read in `authzen/request.rs`.

pub mod batch;
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

use request::{ActionSearch, AuthzenBody, Evaluation, Unknown};
use schemas::EvaluationReasonSchema;

pub const EVALUATION: &str = "/access/v1/evaluation";
pub const EVALUATIONS: &str = "/access/v1/evaluations";
const SEARCH_ACTION: &str = "/access/v1/search/action";
const CONFIGURATION: &str = "/.well-known/authzen-configuration";

/// May a subject do something to a resource?
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct EvaluationRequest {
    /// Who acts: the viewer.
    subject: SubjectBody,
    /// What they want.
    action: ActionRequest,
    /// Whose settings count.
    resource: EntityBody,
    /// Not looked at.
    #[schema(nullable = false)]
    context: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A user who acts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct SubjectBody {
    /// `user`.
    #[schema(rename = "type", example = "user")]
    kind: String,
    /// A UUID; what is none is not known.
    #[schema(example = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d")]
    id: String,
    /// What the asking service knows of them.
    #[schema(nullable = false)]
    properties: Option<SubjectProperties>,
}

/// What the asking service knows of a user.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct SubjectProperties {
    /// Whether they administrate the group that the resource may be added to.
    #[schema(default = false, nullable = false)]
    admin: Option<bool>,
}

/// A user whose settings count.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct EntityBody {
    /// `user`.
    #[schema(rename = "type", example = "user")]
    kind: String,
    /// A UUID; what is none is not known.
    #[schema(example = "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c")]
    id: String,
    /// Not looked at.
    #[schema(nullable = false)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Something that somebody wants to do.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct ActionRequest {
    /// The action's name; one of Privet's, or it is not known.
    #[schema(example = "view_profile")]
    name: String,
    /// Not looked at.
    #[schema(nullable = false)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Something that may be done.
#[derive(Serialize, ToSchema)]
pub struct ActionBody {
    /// The action's name.
    #[schema(value_type = ActionSchema)]
    name: String,
}

/// What a subject may do to a resource?
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct ActionSearchRequest {
    /// Who acts: the viewer.
    subject: SubjectBody,
    /// Whose settings count.
    resource: EntityBody,
    /// Not looked at.
    #[schema(nullable = false)]
    context: Option<serde_json::Map<String, serde_json::Value>>,
    /// There is never more than one page.
    #[schema(nullable = false)]
    page: Option<ActionSearchPage>,
}

/// Which part of the results is wanted. All of them are given at once.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct ActionSearchPage {
    /// Not looked at: none is given out.
    #[schema(nullable = false)]
    token: Option<String>,
    /// Not looked at.
    #[schema(nullable = false, maximum = 9_007_199_254_740_991_u64)]
    limit: Option<u64>,
    /// Not looked at.
    #[schema(nullable = false)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Whether, and why.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct EvaluationResponse {
    /// Whether the subject may.
    decision: bool,
    /// Why.
    context: EvaluationContext,
}

/// Why.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct EvaluationContext {
    /// A reason of the decisions, or what Privet does not know.
    #[schema(value_type = EvaluationReasonSchema)]
    reason: &'static str,
}

/// What a subject may do.
#[derive(Serialize, ToSchema)]
pub struct ActionSearchResponse {
    /// Every action that is allowed; never more than one page.
    results: Vec<ActionBody>,
}

/// What this policy decision point offers.
#[derive(Serialize, ToSchema)]
pub struct AuthzenConfiguration {
    /// What clients reach it by.
    #[schema(format = "uri")]
    policy_decision_point: String,
    /// Where to ask one question.
    #[schema(format = "uri")]
    access_evaluation_endpoint: String,
    /// Where to ask several.
    #[schema(format = "uri")]
    access_evaluations_endpoint: String,
    /// Where to ask what a subject may do.
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

/// What is not known may do nothing.
impl From<Unknown> for EvaluationResponse {
    fn from(unknown: Unknown) -> Self {
        Self::new(false, unknown.as_str())
    }
}

/// What is served here.
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

/// Evaluate one request
///
/// AuthZEN access evaluation. The `subject` is the viewer, the `resource` the user whose settings count. What is
/// not known is no error but `decision: false`.
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
    AuthzenBody(body): AuthzenBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let evaluation = request::parse_evaluation(&catalogue, &body)?;
    Ok(no_store(answer(&privet, &catalogue, evaluation).await?))
}

/// Search actions
///
/// AuthZEN action search: all that a subject may do to a resource.
#[utoipa::path(
    post, path = SEARCH_ACTION, operation_id = "search_actions", tag = "authzen",
    request_body(content = ActionSearchRequest, example = json!({
        "subject": {"type": "user", "id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d"},
        "resource": {"type": "user", "id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"}})),
    responses(
        (status = 200, description = "All of them at once, whatever `page` asks for.", body = ActionSearchResponse,
            example = json!({"results": [{"name": "view_profile"}, {"name": "send_email"}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn search_actions(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    AuthzenBody(body): AuthzenBody,
) -> Result<HttpResponse, ApiError> {
    let results = match request::parse_action_search(&body)? {
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

/// Discover AuthZEN
///
/// The metadata of this policy decision point. Needs no token.
#[utoipa::path(
    get, path = CONFIGURATION, operation_id = "get_authzen_configuration", tag = "authzen",
    responses(
        (status = 200, description = "What is offered.", body = AuthzenConfiguration,
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
