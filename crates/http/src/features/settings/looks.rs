//! The endpoint with the looks of the product's staff at the caller's data.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::administration::support::{LookPage, LookQuery};
use privet_application::rate_limits::Limit;
use privet_domain::UserId;
use privet_domain::settings::looks::Look;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::cursor::{self, List};
use privet_http_core::request::parameters::Parameters;
use privet_http_core::response::answers::private_no_cache;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const PATH: &str = "/api/v1/privacy/audit/access";

/// Query parameters that select a part of the looks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LookParameters {
    /// The maximum number of entries.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the previous page. An empty value counts as absent.
    #[param(value_type = Option<String>, format = "cursor")]
    cursor: Option<String>,
}

impl LookParameters {
    fn parse(&self, user_id: UserId) -> Result<LookQuery, ApiError> {
        let mut parameters = Parameters::default();
        let limit = parameters.read_limit(self.limit.as_ref());
        let before = parameters.read_cursor(self.cursor.as_ref(), |text| {
            cursor::decode_id(List::Looks, text)
        });
        parameters.finish(LookQuery {
            user_id,
            before,
            limit,
        })
    }
}

/// A page of the looks at the caller's data, newest first.
#[derive(Serialize, ToSchema)]
pub struct ListLooksResponse {
    /// The looks, newest first.
    entries: Vec<LookResponse>,
    /// The cursor of the next page; null on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A member of the product's support staff looked at the caller's data.
#[derive(Serialize, ToSchema)]
pub struct LookResponse {
    /// The id of the entry.
    #[schema(format = "uuid")]
    id: String,
    /// When they looked.
    #[schema(format = "date-time")]
    occurred_at: String,
    /// The member of the staff.
    #[schema(format = "uuid")]
    actor_id: String,
    /// Why they looked.
    reason: String,
    /// The `X-Request-Id` of the request.
    request_id: String,
}

impl From<Look> for LookResponse {
    fn from(look: Look) -> Self {
        Self {
            id: look.id.to_string(),
            occurred_at: look.occurred_at.to_string(),
            actor_id: look.actor_id.to_string(),
            reason: look.reason.as_str().to_owned(),
            request_id: look.request_id.as_str().to_owned(),
        }
    }
}

impl From<LookPage> for ListLooksResponse {
    fn from(page: LookPage) -> Self {
        Self {
            entries: page.looks.into_iter().map(LookResponse::from).collect(),
            next_cursor: page.next.map(|id| cursor::encode_id(List::Looks, id)),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new::<__path_list_looks>(
        Caller::User(Limit::General),
        |route| route.to(list_looks),
    )]
}

/// List who looked at the caller's data
///
/// Returns which members of the product's support staff looked at the caller's settings, history or decisions, and why, newest
/// first, in pages. Their changes are in the history.
#[utoipa::path(
    get, path = PATH, operation_id = "list_looks", tag = "audit",
    params(LookParameters),
    responses(
        (status = 200, description = "A page of the looks.", body = ListLooksResponse,
            links(("next" = (operation_id = "list_looks", parameters(("cursor" = "$response.body#/next_cursor")),
                description = "The next page."))),
            example = json!({"entries": [{"id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
                "occurred_at": "2026-01-31T10:30:45.000000Z", "actor_id": "0b7e1c52-6f7d-4c1b-9f0e-2d3c4b5a6978",
                "reason": "ticket 4711", "request_id": "0190f3c4-7a5d-7a11-8d21-1f2e3d4c5b6a"}], "next_cursor": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_looks(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<LookParameters>,
) -> Result<HttpResponse, ApiError> {
    let query = parameters.parse(authenticated.caller.user_id)?;
    let page = privet.administration.list_looks(query).await?;
    Ok(private_no_cache(
        StatusCode::OK,
        ListLooksResponse::from(page),
    ))
}
