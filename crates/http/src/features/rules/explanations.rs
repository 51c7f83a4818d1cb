//! Endpoints of explanations and previews: what others may do to the caller and why, and the profile that they see.

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::rules::explanations::View;
use privet_domain::catalogue::Catalogue;
use privet_domain::rules::enforcement::Profile;
use privet_domain::rules::explanations::{Explanation, MadeUpViewer, settings_of};
use privet_domain::{FieldError, UserId};
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::{LARGEST_BODY, QuotedJsonBody};
use privet_http_core::request::members::Reader;
use privet_http_core::request::parameters::Parameters;
use privet_http_core::response::answers::no_store;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::enforcement::VisibleProfileResponse;
use super::enforcement::quoted::quoted_profile;
use crate::schemas::explained::{ExplainedDecisionsSchema, MadeUpViewerSchema};
use crate::schemas::profiles::OwnProfileSchema;

/// The path of explanations.
pub const EXPLAIN: &str = "/api/v1/privacy/explain";
/// The path of previews.
pub const PREVIEW: &str = "/api/v1/privacy/preview";

const ABSENT: &str = "There is no such user.";
const EITHER: &str = "give either viewer or as";

/// The viewer: exactly one of the two parameters.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewParameters {
    /// A user.
    #[param(value_type = Option<String>, format = "uuid", example = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d")]
    viewer: Option<String>,
    /// A made-up viewer with only this relationship to the caller.
    #[serde(rename = "as")]
    #[param(value_type = Option<MadeUpViewerSchema>, example = "stranger")]
    made_up: Option<String>,
}

impl ViewParameters {
    /// The viewer, if exactly one is given.
    pub fn parse(&self) -> Result<View, ApiError> {
        let mut parameters = Parameters::default();
        let viewer = parameters.read("viewer", self.viewer.as_ref(), |text| {
            UserId::parse(text).map_err(|error| error.to_string())
        });
        let made_up = parameters.read("as", self.made_up.as_ref(), |name| {
            let names = MadeUpViewer::ALL.map(MadeUpViewer::as_str).join(", ");
            MadeUpViewer::parse(name).ok_or_else(|| format!("must be one of: {names}"))
        });
        if self.viewer.is_some() == self.made_up.is_some() {
            parameters.refuse("viewer", EITHER);
        }
        let view = viewer.map(View::User).or(made_up.map(View::MadeUp));
        parameters.finish(view)?.ok_or(ApiError::Internal)
    }
}

/// What a viewer may do to the caller, and why.
#[derive(Serialize, ToSchema)]
pub struct ExplainResponse {
    /// The viewer; null for a made-up viewer.
    #[schema(format = "uuid", required = true)]
    viewer: Option<String>,
    /// By action: the decision that a service would get.
    #[schema(value_type = ExplainedDecisionsSchema)]
    decisions: Map<String, Value>,
}

/// A decision with the dotted names of the settings that the action needs.
#[derive(Serialize)]
struct ExplainedDecision<'a> {
    allowed: bool,
    reason: &'static str,
    settings: Vec<&'a str>,
}

/// The caller's own profile.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct PreviewRequest {
    /// `user_id` may be missing, or the caller's id.
    #[schema(value_type = OwnProfileSchema)]
    profile: Map<String, Value>,
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    let failures = || {
        let wrong = vec![FieldError::new("viewer", EITHER)];
        vec![
            Failure::absent("The viewer was erased.", ABSENT),
            Failure::new(
                "no viewer",
                "`viewer` and `as` are both given, or neither is.",
                ApiError::InvalidParameters(wrong),
            ),
        ]
    };
    vec![
        Endpoint::new::<__path_explain>(Caller::User(Limit::General), |route| route.to(explain))
            .with_failures(failures),
        Endpoint::new::<__path_preview>(Caller::User(Limit::General), |route| route.to(preview))
            .with_body(Body::json(LARGEST_BODY))
            .with_failures(failures),
    ]
}

/// Explain what others may do
///
/// For each action: whether the viewer may do it to the caller, why, and which settings the action needs. A service gets the
/// same decisions. Made-up viewers have no exceptions and meet reciprocity.
#[utoipa::path(
    get, path = EXPLAIN, operation_id = "explain", tag = "decisions",
    params(ViewParameters),
    responses(
        (status = 200, description = "The decisions of all actions.", body = ExplainResponse),
    ),
    security(("bearer" = [])),
)]
pub async fn explain(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<ViewParameters>,
) -> Result<HttpResponse, ApiError> {
    let view = parameters.parse()?;
    answer_explanations(&privet, authenticated.caller.user_id, view).await
}

/// The answer with the decisions of all actions for this owner and viewer.
pub async fn answer_explanations(
    privet: &Privet,
    owner: UserId,
    view: View,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let explained = privet.rules.explain(&catalogue, owner, view).await?;
    let explained = explained.ok_or(ApiError::Absent(ABSENT))?;
    let decisions = explained.iter();
    let decisions = decisions.map(|it| (it.rule.name().to_owned(), shown(&catalogue, it)));
    Ok(no_store(ExplainResponse {
        viewer: match view {
            View::User(viewer) => Some(viewer.to_string()),
            View::MadeUp(_) => None,
        },
        decisions: decisions.collect(),
    }))
}

fn shown(catalogue: &Catalogue, Explanation { rule, decision }: &Explanation<'_>) -> Value {
    let explained = ExplainedDecision {
        allowed: decision.allowed,
        reason: decision.reason.as_str(),
        settings: settings_of(catalogue, rule).collect(),
    };
    serde_json::to_value(explained).unwrap_or_default()
}

/// Preview a profile
///
/// The caller's profile as the viewer sees it. The answer is the same as that of `enforce/profile` for this viewer.
#[utoipa::path(
    post, path = PREVIEW, operation_id = "preview", tag = "decisions",
    params(ViewParameters),
    request_body(content = PreviewRequest, example = json!({"profile": {"username": "ann", "bio": "Reads.", "is_online": true}})),
    responses(
        (status = 200, description = "The visible part of the profile.", body = VisibleProfileResponse,
            example = json!({"visibility": "limited", "profile": {"user_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
                "username": "ann", "last_seen": null, "last_seen_text": "last seen unavailable"}})),
    ),
    security(("bearer" = [])),
)]
pub async fn preview(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<ViewParameters>,
    body: QuotedJsonBody,
) -> Result<HttpResponse, ApiError> {
    let owner = authenticated.caller.user_id;
    let profile = parse_profile(owner, &body.value, &body.text)?;
    let view = parameters.parse()?;
    let preview = privet.rules.preview(owner, view, profile).await?;
    let preview = preview.ok_or(ApiError::Absent(ABSENT))?;
    Ok(no_store(VisibleProfileResponse::from(preview)))
}

/// Parses a body with the caller's own profile.
pub fn parse_profile(owner: UserId, body: &Value, text: &[u8]) -> Result<Profile, ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["profile"]);
    let profile = reader.read(top, "profile", "Must be an object.", Value::as_object);
    let profile = reader.finish(profile)?;
    let is_own = profile.get("user_id").is_none_or(|id| {
        let id = id.as_str().and_then(|id| UserId::parse(id).ok());
        id == Some(owner)
    });
    if !is_own {
        let wrong = FieldError::new("profile.user_id", "Must be the caller's.");
        return Err(ApiError::InvalidMembers(vec![wrong]));
    }
    Ok(Profile::of(owner, quoted_profile(text)?))
}
