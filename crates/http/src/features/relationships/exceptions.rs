//! Endpoints of exceptions: what one user may always or never do to the caller.

use std::cell::LazyCell;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::relationships::{ListPart, RelationshipError};
use privet_domain::FieldError;
use privet_domain::catalogue::Catalogue;
use privet_domain::relationships::exceptions::{Exceptions, PersonWithExceptions};
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::{JsonBody, LARGEST_BODY};
use privet_http_core::request::cursor::{self, List};
use privet_http_core::request::members::Reader;
use privet_http_core::request::parameters::{ListParameters, Parameters, UserIdParameter};
use privet_http_core::response::answers::private_no_cache;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::features::rules::decisions::actions_taken;
use crate::schemas::ActionSchema;
use crate::schemas::explained::ExceptionsSchema;

/// The path of the caller's exceptions.
pub const LIST: &str = "/api/v1/privacy/exceptions";
const ONE: &str = "/api/v1/privacy/exceptions/{userId}";

const ABSENT: &str = "There are no such exceptions.";

/// The new exceptions for one user.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct SetExceptionsRequest {
    /// At least one action.
    #[schema(value_type = ExceptionsSchema)]
    exceptions: Map<String, Value>,
}

/// The caller's exceptions for one user.
#[derive(Serialize, ToSchema)]
pub struct ExceptionsResponse {
    /// The user for whom they apply.
    #[schema(format = "uuid")]
    user_id: String,
    /// By action.
    #[schema(value_type = ExceptionsSchema)]
    exceptions: Map<String, Value>,
    /// When they last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// A page of the users for whom the caller has exceptions.
#[derive(Serialize, ToSchema)]
pub struct ListExceptionsResponse {
    /// By the last change, newest first.
    exceptions: Vec<ExceptionsResponse>,
    /// The cursor of the next page; null on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl ExceptionsResponse {
    /// Those for actions of the catalogue; `None` if there are none.
    fn of(catalogue: &Catalogue, person: &PersonWithExceptions) -> Option<Self> {
        let shown = person.exceptions.shown(catalogue);
        let shown = shown.map(|(action, it)| (action.to_owned(), it.as_str().into()));
        let shown: Map<_, _> = shown.collect();
        (!shown.is_empty()).then(|| Self::new(person, shown))
    }

    fn new(person: &PersonWithExceptions, exceptions: Map<String, Value>) -> Self {
        Self {
            user_id: person.user_id.to_string(),
            exceptions,
            updated_at: person.updated_at.to_string(),
        }
    }
}

/// All stored exceptions, for the export.
impl From<PersonWithExceptions> for ExceptionsResponse {
    fn from(person: PersonWithExceptions) -> Self {
        Self::new(&person, person.exceptions.to_stored())
    }
}

/// The filter of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExceptionsParameters {
    /// Only users with an exception for this action. An empty value counts as absent.
    #[param(value_type = Option<ActionSchema>, example = "view_last_seen")]
    action: Option<String>,
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    let absent = || {
        let meaning = "The caller has no exceptions for that user.";
        vec![Failure::absent(meaning, ABSENT)]
    };
    vec![
        Endpoint::new::<__path_list_exceptions>(Caller::User(Limit::General), |route| {
            route.to(list_exceptions)
        }),
        Endpoint::new::<__path_get_exceptions>(Caller::User(Limit::General), |route| {
            route.to(get_exceptions)
        })
        .with_failures(absent),
        Endpoint::new::<__path_set_exceptions>(Caller::User(Limit::General), |route| {
            route.to(set_exceptions)
        })
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(|| {
            vec![
                Failure::absent("The other user was erased.", ABSENT),
                Failure::oneself(),
                Failure::limit_reached(),
            ]
        }),
        Endpoint::new::<__path_remove_exceptions>(Caller::User(Limit::General), |route| {
            route.to(remove_exceptions)
        })
        .with_failures(absent),
    ]
}

fn failed(error: RelationshipError) -> ApiError {
    ApiError::of_relationship(ABSENT)(error)
}

/// List exceptions
///
/// The users for whom the caller has exceptions, the newest change first. Only the caller sees them. Exceptions for actions
/// that are no longer in the catalogue are kept but not listed, so a page may be shorter than the limit.
#[utoipa::path(
    get, path = LIST, operation_id = "list_exceptions", tag = "exceptions",
    params(ListParameters, ExceptionsParameters),
    responses(
        (status = 200, description = "A page of the list.", body = ListExceptionsResponse,
            links(
                ("next" = (operation_id = "list_exceptions", parameters(("cursor" = "$response.body#/next_cursor")),
                    description = "The next page.")),
                ("first" = (operation_id = "get_exceptions", parameters(("userId" = "$response.body#/exceptions/0/user_id")),
                    description = "The first user of the page.")),
            ),
            example = json!({"exceptions": [{"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
                "exceptions": {"view_last_seen": "never"}, "updated_at": "2026-01-31T10:30:45.000000Z"}], "next_cursor": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_exceptions(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(list): web::Query<ListParameters>,
    web::Query(given): web::Query<ExceptionsParameters>,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let query = list.parse(List::Exceptions, authenticated.caller.user_id)?;
    let action = parse_action(&catalogue, &given)?;
    let listed = privet.relationships.list_exceptions(query, action);
    let ListPart { items, next } = listed.await?;
    let people = items.iter();
    let people = people.filter_map(|person| ExceptionsResponse::of(&catalogue, person));
    let response = ListExceptionsResponse {
        exceptions: people.collect(),
        next_cursor: next.map(|next| cursor::encode_position(List::Exceptions, next)),
    };
    Ok(private_no_cache(StatusCode::OK, response))
}

fn parse_action<'a>(
    catalogue: &Catalogue,
    given: &'a ExceptionsParameters,
) -> Result<Option<&'a str>, ApiError> {
    let mut parameters = Parameters::default();
    let takes = LazyCell::new(|| actions_taken(catalogue));
    let action = given.action.as_ref();
    let action = action.filter(|name| !name.is_empty());
    let known = |name: &str| {
        let known = catalogue.find_action(name);
        known.map(drop).ok_or_else(|| takes.clone())
    };
    parameters.read("action", action, known);
    parameters.finish(action.map(String::as_str))
}

/// Read exceptions
///
/// The caller's exceptions for one user.
#[utoipa::path(
    get, path = ONE, operation_id = "get_exceptions", tag = "exceptions",
    params(("userId" = Uuid, Path, description = "The user for whom they apply.")),
    responses(
        (status = 200, description = "The exceptions.", body = ExceptionsResponse,
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "exceptions": {"view_last_seen": "never"},
                "updated_at": "2026-01-31T10:30:45.000000Z"})),
    ),
    security(("bearer" = [])),
)]
pub async fn get_exceptions(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    let found = privet.relationships.get_exceptions(pair);
    let person = found.await.map_err(failed)?;
    let response = ExceptionsResponse::of(&privet.catalogue.get(), &person);
    let response = response.ok_or(ApiError::Absent(ABSENT))?;
    Ok(private_no_cache(StatusCode::OK, response))
}

/// Set exceptions
///
/// What one user may always or never do to the caller, whatever the settings. Replaces the caller's exceptions for this
/// user. Only the caller sees them. The call is idempotent.
#[utoipa::path(
    put, path = ONE, operation_id = "set_exceptions", tag = "exceptions",
    params(("userId" = Uuid, Path, description = "The user for whom they apply; not the caller.")),
    request_body(content = SetExceptionsRequest,
        example = json!({"exceptions": {"view_last_seen": "never", "add_to_group": "always"}})),
    responses(
        (status = 200, description = "The exceptions replaced others.", body = ExceptionsResponse,
            links(
                ("it" = (operation_id = "get_exceptions", parameters(("userId" = "$response.body#/user_id")))),
                ("away" = (operation_id = "remove_exceptions", parameters(("userId" = "$response.body#/user_id")))),
            ),
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
                "exceptions": {"view_last_seen": "never", "add_to_group": "always"}, "updated_at": "2026-01-31T10:30:45.000000Z"})),
        (status = 201, description = "The exceptions are the first for this user.", body = ExceptionsResponse,
            links(
                ("it" = (operation_id = "get_exceptions", parameters(("userId" = "$response.body#/user_id")))),
                ("away" = (operation_id = "remove_exceptions", parameters(("userId" = "$response.body#/user_id")))),
            ),
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
                "exceptions": {"view_last_seen": "never", "add_to_group": "always"}, "updated_at": "2026-01-31T10:30:45.000000Z"})),
    ),
    security(("bearer" = [])),
)]
pub async fn set_exceptions(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let exceptions = parse_exceptions(&catalogue, &body)?;
    let pair = other.other_user(authenticated.caller.user_id)?;
    let set = privet.relationships.set_exceptions(pair, &exceptions);
    let (person, new) = set.await.map_err(failed)?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let response = ExceptionsResponse::of(&catalogue, &person);
    let response = response.ok_or(ApiError::Internal)?;
    Ok(private_no_cache(status, response))
}

/// Parses a body with at least one action of the catalogue.
pub fn parse_exceptions(catalogue: &Catalogue, body: &Value) -> Result<Exceptions, ApiError> {
    const TAKES: &str = "Must be an object with at least one action.";
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["exceptions"]);
    let wanted = reader.read(top, "exceptions", TAKES, |value| {
        value.as_object().filter(|wanted| !wanted.is_empty())
    });
    let wanted = reader.finish(wanted)?;
    let below = |error: FieldError| {
        let field = format!("exceptions.{}", error.field);
        FieldError { field, ..error }
    };
    Exceptions::parse(catalogue, wanted)
        .map_err(|errors| ApiError::InvalidMembers(errors.into_iter().map(below).collect()))
}

/// Remove exceptions
///
/// Removes all exceptions of the caller for one user.
#[utoipa::path(
    delete, path = ONE, operation_id = "remove_exceptions", tag = "exceptions",
    params(("userId" = Uuid, Path, description = "The user for whom they applied.")),
    responses((status = 204, description = "The exceptions are removed.")),
    security(("bearer" = [])),
)]
pub async fn remove_exceptions(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    let removed = privet.relationships.remove_exceptions(pair);
    removed.await.map_err(failed)?;
    Ok(HttpResponse::NoContent().finish())
}
