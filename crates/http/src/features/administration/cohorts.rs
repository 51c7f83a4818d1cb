//! Endpoints of cohorts: the groups of a user, which the layers of the catalogue apply to.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::{ChangeError, LoadError, Privet};
use privet_domain::catalogue::{Catalogue, Cohort, Cohorts, MOST_COHORTS_OF_A_USER};
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::{JsonBody, LARGEST_BODY};
use privet_http_core::request::members::Reader;
use privet_http_core::request::parameters::UserIdParameter;
use privet_http_core::response::answers::private_no_cache;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The path of a user's cohorts.
pub const PATH: &str = "/api/v1/admin/users/{userId}/cohorts";

const ABSENT: &str = "There is no such user.";

/// The new cohorts of a user.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct SetCohortsRequest {
    /// At most 8, each declared by the catalogue in force.
    #[schema(max_items = 8)]
    cohorts: Vec<String>,
}

/// The cohorts of a user.
#[derive(Serialize, ToSchema)]
pub struct CohortsResponse {
    /// Each name once.
    cohorts: Vec<String>,
}

impl From<&Cohorts> for CohortsResponse {
    fn from(cohorts: &Cohorts) -> Self {
        Self {
            cohorts: cohorts.iter().map(str::to_owned).collect(),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    let absent = || vec![Failure::absent("The user was erased.", ABSENT)];
    vec![
        Endpoint::new::<__path_get_cohorts>(Caller::Service(Scope::Classify), |route| {
            route.to(get_cohorts)
        })
        .with_failures(absent),
        Endpoint::new::<__path_set_cohorts>(Caller::Service(Scope::Classify), |route| {
            route.to(set_cohorts)
        })
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(absent),
    ]
}

/// Read a user's cohorts
///
/// Those that are in the catalogue. A user whom Privet has never seen has none.
#[utoipa::path(
    get, path = PATH, operation_id = "get_cohorts", tag = "administration",
    params(("userId" = Uuid, Path, description = "The user.")),
    responses(
        (status = 200, description = "The cohorts.", body = CohortsResponse, example = json!({"cohorts": ["minor"]})),
    ),
    security(("bearer" = ["users:classify"])),
)]
pub async fn get_cohorts(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let cohorts = match privet.administration.get_cohorts(user_id).await {
        Ok(cohorts) => cohorts,
        Err(LoadError::Erased) => return Err(ApiError::Absent(ABSENT)),
        Err(LoadError::Store(error)) => return Err(error.into()),
    };
    Ok(shown(&cohorts.known_to(&privet.catalogue.get())))
}

/// Set a user's cohorts
///
/// Replaces the user's cohorts. The layers of these cohorts are in force when the answer is sent. The change is recorded in
/// the user's history with the service as actor. A user whom Privet has never seen is created.
#[utoipa::path(
    put, path = PATH, operation_id = "set_cohorts", tag = "administration",
    params(("userId" = Uuid, Path, description = "The user.")),
    request_body(content = SetCohortsRequest, example = json!({"cohorts": ["minor"]})),
    responses(
        (status = 200, description = "The new cohorts.", body = CohortsResponse,
            example = json!({"cohorts": ["minor"]})),
    ),
    security(("bearer" = ["users:classify"])),
)]
pub async fn set_cohorts(
    privet: web::Data<Privet>,
    service: AuthenticatedService,
    UserIdParameter(user_id): UserIdParameter,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let cohorts = parse_cohorts(&privet.catalogue.get(), &body)?;
    let set = privet
        .administration
        .set_cohorts(service.caller(), user_id, cohorts);
    match set.await {
        Ok(cohorts) => Ok(shown(&cohorts)),
        Err(ChangeError::Erased) => Err(ApiError::Absent(ABSENT)),
        Err(error) => Err(error.into()),
    }
}

fn shown(cohorts: &Cohorts) -> HttpResponse {
    private_no_cache(StatusCode::OK, CohortsResponse::from(cohorts))
}

/// Parses a body with cohorts of the catalogue.
pub fn parse_cohorts(catalogue: &Catalogue, body: &Value) -> Result<Cohorts, ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["cohorts"]);
    let bounds = (0, MOST_COHORTS_OF_A_USER);
    let names = reader.list(top, "cohorts", bounds, |reader, index, value| {
        let known = |name: &&str| catalogue.cohorts().iter().any(|it| it.name() == *name);
        let name = value.as_str().filter(known);
        if name.is_none() {
            let names: Vec<_> = catalogue.cohorts().iter().map(Cohort::name).collect();
            let takes = if names.is_empty() {
                "The catalogue has no cohorts.".to_owned()
            } else {
                format!("Must be a cohort of the catalogue: {}.", names.join(", "))
            };
            reader.wrong(top, &format!("cohorts[{index}]"), &takes);
        }
        name
    });
    let names = reader.finish(Some(names))?;
    Ok(Cohorts::of(names))
}
