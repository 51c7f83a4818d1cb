//! Endpoint of filters: the subjects that allow a viewer an action, or the viewers that a subject allows it. For the
//! product's services.

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rules::filter::{Filter, MOST_FILTERED};
use privet_domain::catalogue::{ActionRule, Catalogue};
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::{JsonBody, LARGEST_BATCH};
use privet_http_core::request::members::Reader;
use privet_http_core::response::answers::no_store;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::actions_taken;
use crate::schemas::ActionSchema;

/// The path of filters.
pub const PATH: &str = "/api/v1/privacy/filter";

/// Many subjects of one viewer, or many viewers of one subject.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub enum FilterRequest {
    /// One viewer, many subjects.
    Subjects(FilterSubjectsRequest),
    /// Many viewers, one subject.
    Viewers(FilterViewersRequest),
}

/// One viewer, many subjects.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct FilterSubjectsRequest {
    /// The action.
    #[schema(value_type = ActionSchema)]
    action: String,
    /// The viewer.
    #[schema(format = "uuid")]
    viewer: String,
    /// The subjects: 1 to 10,000 users.
    #[schema(min_items = 1, max_items = 10000)]
    subjects: Vec<Uuid>,
    /// Whether the viewer is an administrator of the group.
    #[schema(default = false, nullable = false)]
    viewer_is_admin: Option<bool>,
}

/// Many viewers, one subject.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct FilterViewersRequest {
    /// The action.
    #[schema(value_type = ActionSchema)]
    action: String,
    /// The subject.
    #[schema(format = "uuid")]
    subject: String,
    /// The viewers: 1 to 10,000 users.
    #[schema(min_items = 1, max_items = 10000)]
    viewers: Vec<Uuid>,
    /// Whether each viewer is an administrator of the group.
    #[schema(default = false, nullable = false)]
    viewer_is_admin: Option<bool>,
}

/// The users for whom the action is allowed.
#[derive(Serialize, ToSchema)]
pub struct FilterResponse {
    /// In the order of the request, with duplicates.
    #[schema(value_type = Vec<Uuid>)]
    allowed: Vec<String>,
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_filter>(Caller::Service(Scope::Decide), |route| route.to(filter))
            .with_body(Body::json(LARGEST_BATCH)),
    ]
}

/// Filter users
///
/// Returns those of up to 10,000 subjects that allow a viewer an action, or those of up to 10,000 viewers that a subject
/// allows it. All decisions use one snapshot, which contains all changes acknowledged before the call. On a distributed
/// PostgreSQL each decision is true at one moment during the call.
#[utoipa::path(
    post, path = PATH, operation_id = "filter", tag = "decisions",
    request_body(content = FilterRequest, example = json!({"action": "view_last_seen",
        "viewer": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
        "subjects": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"]})),
    responses(
        (status = 200, description = "The users for whom the action is allowed.", body = FilterResponse,
            example = json!({"allowed": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn filter(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let catalogue = privet.catalogue.get();
    let (rule, filter, viewer_is_admin) = parse_filter(&catalogue, &body)?;
    let allowed = privet
        .rules
        .filter(&catalogue, rule, &filter, viewer_is_admin)
        .await?;
    let allowed = allowed.into_iter().map(|user| user.to_string());
    Ok(no_store(FilterResponse {
        allowed: allowed.collect(),
    }))
}

/// Parses a body: the rule, the users, and whether the viewer is an administrator.
pub fn parse_filter<'c>(
    catalogue: &'c Catalogue,
    body: &Value,
) -> Result<(&'c ActionRule, Filter, bool), ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    let given = top.members();
    let (one, many) = if given.contains_key("viewers") || given.contains_key("subject") {
        ("subject", "viewers")
    } else {
        ("viewer", "subjects")
    };
    reader.refuse_besides(top, &["action", one, many, "viewer_is_admin"]);
    let action = reader.read(top, "action", &actions_taken(catalogue), |value| {
        catalogue.find_action(value.as_str()?)
    });
    let user = reader.user_id(top, one);
    let users = reader.one_or_more_user_ids(top, many, MOST_FILTERED);
    let viewer_is_admin = reader.flag(top, "viewer_is_admin");
    let filter = user.map(|user| match many {
        "viewers" => Filter::Viewers {
            subject: user,
            viewers: users,
        },
        _ => Filter::Subjects {
            viewer: user,
            subjects: users,
        },
    });
    let asked = action.zip(filter);
    reader.finish(asked.map(|((_, rule), filter)| (rule, filter, viewer_is_admin)))
}
