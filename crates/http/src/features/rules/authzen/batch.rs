//! AuthZEN access evaluations: several evaluations from one snapshot.

use std::borrow::Cow;

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rules::decisions::MOST_PAIRS;
use privet_domain::FieldError;
use privet_domain::catalogue::Catalogue;
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::LARGEST_BATCH;
use privet_http_core::response::answers::no_store;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::request::{self, AuthzenBody, Evaluation, Faulty};
use super::{
    ActionRequest, EVALUATIONS, EntityBody, EvaluationRequest, EvaluationResponse, SubjectBody,
    answer,
};

/// Several evaluations, or a single one if there are no entries.
pub struct EvaluateSeveralRequest;

impl PartialSchema for EvaluateSeveralRequest {
    fn schema() -> RefOr<Schema> {
        // `anyOf`, not `oneOf`: a batch may have all members of a single evaluation.
        AnyOfBuilder::new()
            .item(Ref::from_schema_name(EvaluationBatch::name()))
            .item(Ref::from_schema_name(EvaluationRequest::name()))
            .description(Some(
                "Several evaluations; or, without `evaluations` or with an empty list, a single one.",
            ))
            .into()
    }
}

impl ToSchema for EvaluateSeveralRequest {
    fn name() -> Cow<'static, str> {
        "EvaluateSeveralRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((EvaluationBatch::name().into(), EvaluationBatch::schema()));
        EvaluationBatch::schemas(schemas);
    }
}

/// Several evaluations. Members at the top are defaults for entries.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct EvaluationBatch {
    /// The default subject.
    #[schema(nullable = false)]
    subject: Option<SubjectBody>,
    /// The default action.
    #[schema(nullable = false)]
    action: Option<ActionRequest>,
    /// The default resource.
    #[schema(nullable = false)]
    resource: Option<EntityBody>,
    /// The default context. Ignored.
    #[schema(nullable = false)]
    context: Option<Map<String, Value>>,
    /// 1 to 1,000 entries. An entry that is not an object or lacks a member is denied.
    #[schema(min_items = 1, max_items = 1000)]
    evaluations: Vec<EvaluationEntry>,
    /// Options of the evaluation.
    #[schema(nullable = false)]
    options: Option<EvaluationOptions>,
}

/// One evaluation of several.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct EvaluationEntry {
    /// Replaces the default.
    #[schema(nullable = false)]
    subject: Option<SubjectBody>,
    /// Replaces the default.
    #[schema(nullable = false)]
    action: Option<ActionRequest>,
    /// Replaces the default.
    #[schema(nullable = false)]
    resource: Option<EntityBody>,
    /// Ignored.
    #[schema(nullable = false)]
    context: Option<Map<String, Value>>,
}

/// Options of a batch.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which may hold more")]
pub struct EvaluationOptions {
    /// The default is `execute_all`.
    #[schema(nullable = false)]
    evaluations_semantic: Option<Semantic>,
}

/// The decisions, in the order of the entries.
#[derive(Serialize, ToSchema)]
pub struct EvaluationBatchResponse {
    /// One decision for each entry, up to the one that ends the evaluation.
    evaluations: Vec<EvaluationEntryResponse>,
}

/// Several decisions, or a single one if the request has no entries.
#[derive(ToSchema)]
#[schema(as = EvaluateSeveralResponse)]
#[expect(dead_code, reason = "describes the two forms of the answer")]
#[serde(untagged)]
pub enum EvaluateSeveralResponse {
    /// One decision for each entry.
    Several(EvaluationBatchResponse),
    /// The decision of a single evaluation.
    One(EvaluationResponse),
}

/// The result of one entry.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum EvaluationEntryResponse {
    /// A decision.
    Evaluated(EvaluationResponse),
    /// An error, if a member is missing or invalid.
    Faulty(FaultyEntryResponse),
}

/// The result of an invalid entry.
#[derive(Serialize, ToSchema)]
pub struct FaultyEntryResponse {
    /// Always false.
    decision: bool,
    /// The error.
    context: FaultyEntryContext,
}

/// The error of an entry.
#[derive(Serialize, ToSchema)]
pub struct FaultyEntryContext {
    /// The error that the entry alone would have.
    error: EntryError,
}

/// An error of one entry.
#[derive(Serialize, ToSchema)]
pub struct EntryError {
    /// Always 400.
    status: u16,
    /// The missing or invalid member.
    message: String,
}

impl From<&Faulty> for EvaluationEntryResponse {
    fn from(faulty: &Faulty) -> Self {
        let error = EntryError {
            status: 400,
            message: faulty.to_string(),
        };
        Self::Faulty(FaultyEntryResponse {
            decision: false,
            context: FaultyEntryContext { error },
        })
    }
}

impl EvaluationEntryResponse {
    const fn is_permitted(&self) -> bool {
        match self {
            Self::Evaluated(evaluated) => evaluated.decision,
            Self::Faulty(_) => false,
        }
    }
}

/// Where the evaluation ends: after all entries, at the first denial, or at the first permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(as = EvaluationSemantic, rename_all = "snake_case")]
pub enum Semantic {
    /// After the last entry.
    ExecuteAll,
    /// At the first denial.
    DenyOnFirstDeny,
    /// At the first permission.
    PermitOnFirstPermit,
}

impl Semantic {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "execute_all" => Some(Self::ExecuteAll),
            "deny_on_first_deny" => Some(Self::DenyOnFirstDeny),
            "permit_on_first_permit" => Some(Self::PermitOnFirstPermit),
            _ => None,
        }
    }

    const fn ends_at(self, permitted: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !permitted,
            Self::PermitOnFirstPermit => permitted,
        }
    }
}

/// Parses a body.
pub enum Asked<'c> {
    /// One check.
    One(Evaluation<'c>),
    /// Several evaluations, and where to end.
    Several(Semantic, Vec<Result<Evaluation<'c>, Faulty>>),
}

/// The endpoints of this module.
pub fn endpoint() -> Endpoint {
    Endpoint::new::<__path_evaluate_several>(Caller::Service(Scope::Decide), |route| {
        route.to(evaluate_several)
    })
    .with_body(Body::of_any_type(LARGEST_BATCH))
}

/// Evaluate several access requests
///
/// AuthZEN access evaluations: decides up to 1,000 entries from one snapshot; on a distributed PostgreSQL each
/// decision is true at one moment during the call. An invalid entry gets `decision: false` with the error in its
/// `context`; the other entries are decided. Requires the scope `privacy:decide`.
#[utoipa::path(
    post, path = EVALUATIONS, operation_id = "evaluate_several", tag = "authzen",
    request_body(content = EvaluateSeveralRequest, example = json!({
        "subject": {"type": "user", "id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d"},
        "resource": {"type": "user", "id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"},
        "evaluations": [{"action": {"name": "view_profile"}}, {"action": {"name": "send_email"}}]})),
    responses(
        (status = 200, description = "The decisions.", body = EvaluateSeveralResponse,
            example = json!({"evaluations": [{"decision": true, "context": {"reason": "everyone"}},
                {"decision": false, "context": {"reason": "setting_off"}}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn evaluate_several(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    body: AuthzenBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    match parse(&catalogue, &body.value()?)? {
        Asked::One(evaluation) => Ok(no_store(answer(&privet, &catalogue, evaluation).await?)),
        Asked::Several(semantic, entries) => {
            let answers = answers(&privet, &catalogue, &entries).await?;
            let evaluations = up_to_the_decisive(semantic, answers);
            Ok(no_store(EvaluationBatchResponse { evaluations }))
        }
    }
}

async fn answers(
    privet: &Privet,
    catalogue: &Catalogue,
    entries: &[Result<Evaluation<'_>, Faulty>],
) -> Result<Vec<EvaluationEntryResponse>, ApiError> {
    let known = entries.iter().flatten().flatten().copied();
    let checks: Vec<_> = known.collect();
    let mut decisions = privet.rules.decide(catalogue, &checks).await?.into_iter();
    let mut answer = |entry: &Result<Evaluation<'_>, Faulty>| match entry {
        Err(faulty) => Ok(faulty.into()),
        Ok(Err(unknown)) => Ok(EvaluationEntryResponse::Evaluated((*unknown).into())),
        Ok(Ok(_)) => {
            let decision = decisions.next().ok_or(ApiError::Internal)?;
            Ok(EvaluationEntryResponse::Evaluated(decision.into()))
        }
    };
    entries.iter().map(&mut answer).collect()
}

fn up_to_the_decisive(
    semantic: Semantic,
    mut answers: Vec<EvaluationEntryResponse>,
) -> Vec<EvaluationEntryResponse> {
    let decisive = answers
        .iter()
        .position(|answer| semantic.ends_at(answer.is_permitted()));
    if let Some(decisive) = decisive {
        answers.truncate(decisive + 1);
    }
    answers
}

/// Parses a body.
pub fn parse<'c>(catalogue: &'c Catalogue, body: &Value) -> Result<Asked<'c>, ApiError> {
    let top = body.as_object().ok_or(ApiError::NotAnObject)?;
    let semantic = parse_semantic(top)?;
    match top.get("evaluations") {
        None => request::parse_evaluation(catalogue, body).map(Asked::One),
        Some(Value::Array(entries)) if entries.is_empty() => {
            request::parse_evaluation(catalogue, body).map(Asked::One)
        }
        Some(Value::Array(entries)) if entries.len() <= MOST_PAIRS => {
            refuse_wrong_defaults(top)?;
            let entry = |entry: &Value| match entry.as_object() {
                Some(members) => request::evaluation(catalogue, members, Some(top)),
                None => Err(Faulty::wrong("entry", "Must be an object.")),
            };
            Ok(Asked::Several(
                semantic,
                entries.iter().map(entry).collect(),
            ))
        }
        Some(_) => Err(wrong(
            "evaluations",
            "Must be a list of at most 1000 entries.",
        )),
    }
}

/// A default that is not an object is an error of the whole request.
fn refuse_wrong_defaults(top: &Map<String, Value>) -> Result<(), ApiError> {
    for name in ["subject", "action", "resource", "context"] {
        request::optional_object(top, name).map_err(|problem| wrong(name, problem))?;
    }
    Ok(())
}

fn parse_semantic(top: &Map<String, Value>) -> Result<Semantic, ApiError> {
    let options =
        request::optional_object(top, "options").map_err(|problem| wrong("options", problem))?;
    let Some(given) = options.and_then(|options| options.get("evaluations_semantic")) else {
        return Ok(Semantic::ExecuteAll);
    };
    given.as_str().and_then(Semantic::parse).ok_or_else(|| {
        wrong(
            "options.evaluations_semantic",
            "Must be one of: execute_all, deny_on_first_deny, permit_on_first_permit.",
        )
    })
}

fn wrong(member: &str, problem: &str) -> ApiError {
    ApiError::InvalidMembers(vec![FieldError::new(member, problem)])
}
