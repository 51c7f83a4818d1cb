//! Endpoints of blocks: the users whom the caller blocked.

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
    /// The blocked user.
    #[schema(format = "uuid")]
    user_id: String,
    /// When the user was blocked.
    #[schema(format = "date-time")]
    blocked_at: String,
}

/// A page of the caller's blocks.
#[derive(Serialize, ToSchema)]
pub struct ListBlocksResponse {
    /// The entries, newest first.
    blocks: Vec<BlockResponse>,
    /// The cursor of the next page; null on the last page.
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

/// The endpoints of this module.
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
                Failure::absent("The other user was erased.", ABSENT),
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
/// Returns the users whom the caller blocked, newest first, in pages. Users cannot read who blocked them.
#[utoipa::path(
    get, path = LIST, operation_id = "list_blocks", tag = "blocks",
    params(ListParameters),
    responses(
        (status = 200, description = "A page of the list.", body = ListBlocksResponse,
            links(
                ("next" = (operation_id = "list_blocks", parameters(("cursor" = "$response.body#/next_cursor")),
                    description = "The next page.")),
                ("first" = (operation_id = "get_block", parameters(("userId" = "$response.body#/blocks/0/user_id")),
                    description = "The first entry of the page.")),
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
/// Returns when the caller blocked a user, or 404 if the caller does not block the user.
#[utoipa::path(
    get, path = ONE, operation_id = "get_block", tag = "blocks",
    params(("userId" = Uuid, Path, description = "The blocked user.")),
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

/// Block a user
///
/// From now on every action of the user on the caller is refused, whatever the settings. Follows and requests
/// between the two are deleted in both directions; contacts remain. The call is idempotent.
#[utoipa::path(
    put, path = ONE, operation_id = "add_block", tag = "blocks",
    params(("userId" = Uuid, Path, description = "The user to block; not the caller.")),
    responses(
        (status = 200, description = "The user was already blocked.", body = BlockResponse,
            links(
                ("it" = (operation_id = "get_block", parameters(("userId" = "$response.body#/user_id")))),
                ("away" = (operation_id = "remove_block", parameters(("userId" = "$response.body#/user_id")))),
            ),
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "blocked_at": "2026-01-31T10:30:45.000000Z"})),
        (status = 201, description = "The user is now blocked.", body = BlockResponse,
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

/// Unblock a user
///
/// Removes the block. Follows and requests that the block deleted are not restored.
#[utoipa::path(
    delete, path = ONE, operation_id = "remove_block", tag = "blocks",
    params(("userId" = Uuid, Path, description = "The blocked user.")),
    responses((status = 204, description = "The user is no longer blocked.")),
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
