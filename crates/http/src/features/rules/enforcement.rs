//! Endpoints of enforcement: ready-made results, so that services need not implement the rules. Those for messages
//! are in `enforcement/messages.rs`; `enforcement/quoted.rs` copies profiles unchanged.

pub mod messages;
pub mod quoted;

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rules::decisions::MOST_PAIRS;
use privet_domain::UserId;
use privet_domain::rules::enforcement::{EnforcedProfile, Profile};
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::LARGEST_BATCH;
use privet_http_core::request::body::{JsonBody, QuotedJsonBody};
use privet_http_core::request::members::Reader;
use privet_http_core::response::answers::no_store;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schemas::profiles::{ProfileSchema, ProfileVisibilitySchema};

use quoted::{QuotedProfile, quoted_profiles};

/// The path of profiles.
pub const PROFILE: &str = "/api/v1/privacy/enforce/profile";
const GROUP_ADDITIONS: &str = "/api/v1/privacy/enforce/group-additions";

/// Profiles that will be shown to a viewer.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct EnforceProfileRequest {
    /// The viewer.
    #[schema(format = "uuid")]
    viewer: String,
    /// At most 1,000 profiles.
    #[schema(max_items = 1000)]
    profiles: Vec<ProfileSchema>,
}

/// The profiles as the viewer may see them.
#[derive(Serialize, ToSchema)]
pub struct EnforceProfileResponse {
    /// The items, in the order of the request.
    profiles: Vec<VisibleProfileResponse>,
}

/// A profile as the viewer may see it.
#[derive(Serialize, ToSchema)]
pub struct VisibleProfileResponse {
    /// `full`, or `limited` to `user_id`, `username`, `display_name`, `avatar_url`, and the presence where it is allowed.
    #[schema(value_type = ProfileVisibilitySchema)]
    visibility: &'static str,
    /// The visible members. `is_online` is present only if allowed; `last_seen` is null if it is not allowed.
    #[schema(value_type = ProfileSchema)]
    profile: QuotedProfile,
}

/// An actor who wants to add users to a group.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct EnforceGroupAdditionsRequest {
    /// The actor, who adds the users.
    #[schema(format = "uuid")]
    actor: String,
    /// Whether the actor administrates the group.
    #[schema(default = false, nullable = false)]
    actor_is_admin: Option<bool>,
    /// At most 1,000 users to add.
    #[schema(max_items = 1000)]
    invitees: Vec<Uuid>,
}

/// The users who may and who may not be added.
#[derive(Serialize, ToSchema)]
pub struct EnforceGroupAdditionsResponse {
    /// The items, in the order of the request.
    #[schema(value_type = Vec<Uuid>)]
    allowed: Vec<String>,
    /// The items, in the order of the request.
    #[schema(value_type = Vec<Uuid>)]
    refused: Vec<String>,
}

impl From<EnforcedProfile> for VisibleProfileResponse {
    fn from(enforced: EnforcedProfile) -> Self {
        Self {
            visibility: enforced.visibility.as_str(),
            profile: QuotedProfile(enforced.profile),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    let [receipts, typing, message_expiry] = messages::endpoints();
    vec![
        Endpoint::new::<__path_enforce_profile>(Caller::Service(Scope::Decide), |route| {
            route.to(enforce_profile)
        })
        .with_body(Body::json(LARGEST_BATCH)),
        receipts,
        typing,
        Endpoint::new::<__path_enforce_group_additions>(Caller::Service(Scope::Decide), |route| {
            route.to(enforce_group_additions)
        })
        .with_body(Body::json(LARGEST_BATCH)),
        message_expiry,
    ]
}

fn texts(ids: Vec<UserId>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

/// Filter profiles
///
/// Returns up to 1,000 profiles with only the members that the viewer may see. Members are copied unchanged.
/// Requires the scope `privacy:decide`.
#[utoipa::path(
    post, path = PROFILE, operation_id = "enforce_profile", tag = "enforcement",
    request_body(content = EnforceProfileRequest, example = json!({"viewer": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
        "profiles": [{"user_id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "username": "ann", "bio": "Reads.",
            "is_online": true, "last_seen": "2026-01-31T10:30:45Z"}]})),
    responses(
        (status = 200, description = "The visible profiles.", body = EnforceProfileResponse,
            example = json!({"profiles": [{"visibility": "limited", "profile": {
                "user_id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "username": "ann", "last_seen": null,
                "last_seen_text": "last seen unavailable"}}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_profile(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    body: QuotedJsonBody,
) -> Result<HttpResponse, ApiError> {
    let (viewer, profiles) = parse_profiles(&body.value, &body.text)?;
    let enforced = privet.rules.enforce_profiles(viewer, profiles).await?;
    let profiles = enforced
        .into_iter()
        .map(VisibleProfileResponse::from)
        .collect();
    Ok(no_store(EnforceProfileResponse { profiles }))
}

/// Parses the body, and keeps the text of the profiles unchanged.
pub fn parse_profiles(
    body: &Value,
    text: &[u8],
) -> Result<(UserId, Vec<(UserId, Profile)>), ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["viewer", "profiles"]);
    let viewer = reader.user_id(top, "viewer");
    let owners = reader.list(top, "profiles", (0, MOST_PAIRS), |reader, index, value| {
        let profile = reader.object("profiles", index, value)?;
        reader.user_id(profile, "user_id")
    });
    let viewer = reader.finish(viewer)?;
    let quoted = owners.into_iter().zip(quoted_profiles(text)?);
    let profiles = quoted.map(|(owner, members)| (owner, Profile::of(owner, members)));
    Ok((viewer, profiles.collect()))
}

/// Filter group invitations
///
/// Splits up to 1,000 invitees into those whom the actor may add to a group and those whom the actor may not.
/// Requires the scope `privacy:decide`.
#[utoipa::path(
    post, path = GROUP_ADDITIONS, operation_id = "enforce_group_additions", tag = "enforcement",
    request_body(content = EnforceGroupAdditionsRequest, example = json!({
        "actor": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "actor_is_admin": false,
        "invitees": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"]})),
    responses(
        (status = 200, description = "The two lists of users.", body = EnforceGroupAdditionsResponse,
            example = json!({"allowed": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"],
                "refused": ["0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_group_additions(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (actor, actor_is_admin, invitees) = parse_group_additions(&body)?;
    let additions = privet
        .rules
        .enforce_group_additions(actor, actor_is_admin, invitees)
        .await?;
    Ok(no_store(EnforceGroupAdditionsResponse {
        allowed: texts(additions.allowed),
        refused: texts(additions.refused),
    }))
}

fn parse_group_additions(body: &Value) -> Result<(UserId, bool, Vec<UserId>), ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["actor", "actor_is_admin", "invitees"]);
    let actor = reader.user_id(top, "actor");
    let actor_is_admin = reader.flag(top, "actor_is_admin");
    let invitees = reader.user_ids(top, "invitees", MOST_PAIRS);
    reader.finish(actor.map(|actor| (actor, actor_is_admin, invitees)))
}
