//! Blocks over HTTP: whom the caller wants nothing to do with.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::relationships::{ListPart, RelationshipError};
use privet_domain::relationships::blocks::Block;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::cursor::{self, List};
use privet_http_core::request::parameters::{ListParameters, UserIdParameter};
use privet_http_core::response::answers::private_no_cache;
use serde::Serialize;
use utoipa::ToSchema;

const LIST: &str = "/api/v1/blocks";
const ONE: &str = "/api/v1/blocks/{userId}";

const ABSENT: &str = "There is no such block.";

/// One of the caller's blocks.
#[derive(Serialize, ToSchema)]
pub struct BlockResponse {
    /// Who is blocked.
    #[schema(format = "uuid")]
    user_id: String,
    /// Since when.
    #[schema(format = "date-time")]
    blocked_at: String,
}

/// A part of the caller's blocks.
#[derive(Serialize, ToSchema)]
pub struct ListBlocksResponse {
    /// Newest first.
    blocks: Vec<BlockResponse>,
    /// Where to go on; null behind the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl From<Block> for BlockResponse {
    fn from(block: Block) -> Self {
        Self {
            user_id: block.user_id.to_string(),
            blocked_at: block.blocked_at.to_string(),
        }
    }
}

impl From<ListPart<Block>> for ListBlocksResponse {
    fn from(part: ListPart<Block>) -> Self {
        let next = part.next;
        Self {
            blocks: part.items.into_iter().map(BlockResponse::from).collect(),
            next_cursor: next.map(|next| cursor::encode_position(List::Blocks, next)),
        }
    }
}

/// What is served here.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_list_blocks>(Caller::User(Limit::General), |route| {
            route.to(list_blocks)
        }),
        Endpoint::new::<__path_get_block>(Caller::User(Limit::General), |route| {
            route.to(get_block)
        })
        .with_failures(|| {
            vec![Failure::absent(
                "The caller does not block that user.",
                ABSENT,
            )]
        }),
        Endpoint::new::<__path_add_block>(Caller::User(Limit::General), |route| {
            route.to(add_block)
        })
        .with_failures(|| {
            vec![
                Failure::absent("The other user was deleted.", ABSENT),
                Failure::oneself(),
            ]
        }),
        Endpoint::new::<__path_remove_block>(Caller::User(Limit::General), |route| {
            route.to(remove_block)
        })
        .with_failures(|| {
            vec![Failure::absent(
                "The caller does not block that user.",
                ABSENT,
            )]
        }),
    ]
}

fn failed(error: RelationshipError) -> ApiError {
    ApiError::of_relationship(ABSENT)(error)
}

/// List blocks
///
/// The users the caller blocked, newest first. Nobody learns who blocked them.
#[utoipa::path(
    get, path = LIST, operation_id = "list_blocks", tag = "blocks",
    params(ListParameters),
    responses(
        (status = 200, description = "A part of the list.", body = ListBlocksResponse,
            links(
                ("next" = (operation_id = "list_blocks", parameters(("cursor" = "$response.body#/next_cursor")),
                    description = "The next part.")),
                ("first" = (operation_id = "get_block", parameters(("userId" = "$response.body#/blocks/0/user_id")),
                    description = "The first of them.")),
            ),
            example = json!({"blocks": [{"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "blocked_at": "2026-01-31T10:30:45.000000Z"}], "next_cursor": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_blocks(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<ListParameters>,
) -> Result<HttpResponse, ApiError> {
    let query = parameters.parse(List::Blocks, authenticated.caller.user_id)?;
    let part = privet.relationships.list_blocks(query).await?;
    Ok(private_no_cache(
        StatusCode::OK,
        ListBlocksResponse::from(part),
    ))
}

/// Read a block
///
/// Whether, and since when, the caller blocks somebody.
#[utoipa::path(
    get, path = ONE, operation_id = "get_block", tag = "blocks",
    params(("userId" = Uuid, Path, description = "Whom the caller blocked.")),
    responses(
        (status = 200, description = "The block.", body = BlockResponse,
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "blocked_at": "2026-01-31T10:30:45.000000Z"})),
    ),
    security(("bearer" = [])),
)]
pub async fn get_block(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    let block = privet.relationships.get_block(pair).await.map_err(failed)?;
    Ok(private_no_cache(StatusCode::OK, BlockResponse::from(block)))
}

/// Block somebody
///
/// They get nothing of the caller any more, whatever the settings. Ends follows and requests between the
/// two, in both directions; contacts stay. Repeating it changes nothing.
#[utoipa::path(
    put, path = ONE, operation_id = "add_block", tag = "blocks",
    params(("userId" = Uuid, Path, description = "Whom to block; not oneself.")),
    responses(
        (status = 200, description = "They were blocked before.", body = BlockResponse,
            links(
                ("it" = (operation_id = "get_block", parameters(("userId" = "$response.body#/user_id")))),
                ("away" = (operation_id = "remove_block", parameters(("userId" = "$response.body#/user_id")))),
            ),
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "blocked_at": "2026-01-31T10:30:45.000000Z"})),
        (status = 201, description = "They are blocked now.", body = BlockResponse,
            links(
                ("it" = (operation_id = "get_block", parameters(("userId" = "$response.body#/user_id")))),
                ("away" = (operation_id = "remove_block", parameters(("userId" = "$response.body#/user_id")))),
            ),
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "blocked_at": "2026-01-31T10:30:45.000000Z"})),
    ),
    security(("bearer" = [])),
)]
pub async fn add_block(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.other_user(authenticated.caller.user_id)?;
    let (block, new) = privet.relationships.add_block(pair).await.map_err(failed)?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(private_no_cache(status, BlockResponse::from(block)))
}

/// Lift a block
///
/// What the block ended stays ended.
#[utoipa::path(
    delete, path = ONE, operation_id = "remove_block", tag = "blocks",
    params(("userId" = Uuid, Path, description = "Whose block to lift.")),
    responses((status = 204, description = "They are blocked no more.")),
    security(("bearer" = [])),
)]
pub async fn remove_block(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    privet
        .relationships
        .remove_block(pair)
        .await
        .map_err(failed)?;
    Ok(HttpResponse::NoContent().finish())
}
