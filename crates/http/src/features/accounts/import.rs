//! The endpoint with which users import their own export.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::transfer::own::{OwnImport, OwnMode, SectionCounts};
use privet_domain::transfer::own::OwnDocument;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::JsonBody;
use privet_http_core::request::parameters::Parameters;
use privet_http_core::response::answers::private_no_cache;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

const PATH: &str = "/api/v1/users/me/import";

/// The maximum size of a document, in bytes.
const LARGEST_DOCUMENT: usize = 4 * 1024 * 1024;

/// How what stands counts.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the parameter")]
enum OwnModeSchema {
    /// The document is added to what stands.
    Merge,
    /// What stands is taken away first.
    Replace,
}

/// Query parameters of an import.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OwnImportParameters {
    /// `merge` adds the document to what stands, and its values win. `replace` first takes away what stands, follows apart.
    #[param(value_type = Option<OwnModeSchema>, inline, example = "merge")]
    mode: Option<String>,
    /// Whether nothing is changed, and only the answer is made.
    #[param(value_type = Option<bool>, default = false)]
    dry_run: Option<String>,
}

impl OwnImportParameters {
    fn parse(&self) -> Result<(OwnMode, bool), ApiError> {
        let mut parameters = Parameters::default();
        let mode = parameters.read("mode", self.mode.as_ref(), |mode| match mode {
            "merge" => Ok(OwnMode::Merge),
            "replace" => Ok(OwnMode::Replace),
            _ => Err("must be one of: merge, replace".to_owned()),
        });
        let dry_run = parameters.read("dry_run", self.dry_run.as_ref(), |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        });
        let mode = mode.unwrap_or(OwnMode::Merge);
        parameters.finish((mode, dry_run.unwrap_or_default()))
    }
}

/// The parts of an export that an import reads. Other members are ignored.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct OwnImportRequest {
    /// `privet-export/1`.
    #[schema(example = "privet-export/1")]
    format: String,
    /// The user whom the document is about. It only says which follows were theirs.
    #[schema(format = "uuid")]
    user_id: String,
    /// What the user chose, by dotted name.
    #[schema(nullable = false)]
    choices: Option<Map<String, Value>>,
    /// The users whom they added.
    #[schema(nullable = false)]
    contacts: Option<Vec<OwnContactBody>>,
    /// The users whom they blocked.
    #[schema(nullable = false)]
    blocks: Option<Vec<OwnBlockBody>>,
    /// Users for whom they had exceptions.
    #[schema(nullable = false)]
    exceptions: Option<Vec<OwnExceptionsBody>>,
    /// Follows by them and of them; only their own are imported.
    #[schema(nullable = false)]
    follows: Option<Vec<OwnFollowBody>>,
}

/// A contact of an export.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct OwnContactBody {
    /// The contact.
    #[schema(format = "uuid")]
    user_id: String,
    /// Whether it is a close friend.
    #[schema(nullable = false)]
    close_friend: Option<bool>,
    /// When it was added.
    #[schema(format = "date-time", nullable = false)]
    added_at: Option<String>,
}

/// A block of an export.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct OwnBlockBody {
    /// The blocked user.
    #[schema(format = "uuid")]
    user_id: String,
    /// When.
    #[schema(format = "date-time", nullable = false)]
    blocked_at: Option<String>,
}

/// A user with exceptions of an export.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct OwnExceptionsBody {
    /// The user.
    #[schema(format = "uuid")]
    user_id: String,
    /// By action.
    exceptions: Map<String, Value>,
}

/// A follow or a request of an export.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct OwnFollowBody {
    /// The user who follows.
    #[schema(format = "uuid")]
    follower_id: String,
    /// The user who is followed.
    #[schema(format = "uuid")]
    following_id: String,
}

/// The numbers of items of one kind.
#[derive(Serialize, ToSchema)]
pub struct SectionCountsResponse {
    /// New items.
    created: u64,
    /// Items that stood and changed.
    changed: u64,
    /// Items that stood already.
    unchanged: u64,
    /// Items that were left out, each of which is named.
    left_out: u64,
}

impl From<SectionCounts> for SectionCountsResponse {
    fn from(counts: SectionCounts) -> Self {
        Self {
            created: counts.created,
            changed: counts.changed,
            unchanged: counts.unchanged,
            left_out: counts.left_out,
        }
    }
}

/// An item that was left out.
#[derive(Serialize, ToSchema)]
pub struct LeftOutResponse {
    /// The item: the dotted name of a setting, or the kind and the user.
    what: String,
    /// The reason.
    why: String,
}

/// What the import did, or would do.
#[derive(Serialize, ToSchema)]
pub struct OwnImportResponse {
    /// Settings and preferences.
    settings: SectionCountsResponse,
    /// Contacts.
    contacts: SectionCountsResponse,
    /// Blocks.
    blocks: SectionCountsResponse,
    /// Users with exceptions.
    exceptions: SectionCountsResponse,
    /// Follows and requests of the owner.
    follows: SectionCountsResponse,
    /// What was left out.
    left_out: Vec<LeftOutResponse>,
}

impl From<OwnImport> for OwnImportResponse {
    fn from(import: OwnImport) -> Self {
        let left_out = import.left_out.into_iter();
        Self {
            settings: import.settings.into(),
            contacts: import.contacts.into(),
            blocks: import.blocks.into(),
            exceptions: import.exceptions.into(),
            follows: import.follows.into(),
            left_out: left_out
                .map(|it| LeftOutResponse {
                    what: it.what,
                    why: it.why,
                })
                .collect(),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_import_account>(Caller::User(Limit::PreferencesUpdate), |route| {
            route.to(import_account)
        })
        .with_body(Body::json(LARGEST_DOCUMENT)),
    ]
}

/// Import an export into the caller's account
///
/// Takes the document that `GET /api/v1/users/me/export` answers, of this or of another account: settings and preferences that were
/// chosen, contacts, blocks and exceptions. Follows come back as requests to those who must approve. Followers, cohorts, history
/// and record ids are not imported. What cannot be imported is left out and named.
#[utoipa::path(
    post, path = PATH, operation_id = "import_account", tag = "accounts",
    params(OwnImportParameters),
    request_body(content = OwnImportRequest, example = json!({"format": "privet-export/1",
        "user_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "choices": {"messaging.show_last_seen": false}})),
    responses(
        (status = 200, description = "What was imported, or would be.", body = OwnImportResponse,
            example = json!({
                "settings": {"created": 1, "changed": 0, "unchanged": 0, "left_out": 1},
                "contacts": {"created": 0, "changed": 0, "unchanged": 0, "left_out": 0},
                "blocks": {"created": 0, "changed": 0, "unchanged": 0, "left_out": 0},
                "exceptions": {"created": 0, "changed": 0, "unchanged": 0, "left_out": 0},
                "follows": {"created": 0, "changed": 0, "unchanged": 0, "left_out": 0},
                "left_out": [{"what": "messaging.gone", "why": "Unknown setting."}]})),
    ),
    security(("bearer" = [])),
)]
pub async fn import_account(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<OwnImportParameters>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (mode, is_dry_run) = parameters.parse()?;
    let document = parse_document(&body)?;
    let caller = &authenticated.caller;
    let import = privet
        .transfer
        .import_own(caller, mode, is_dry_run, document);
    let response = OwnImportResponse::from(import.await?);
    Ok(private_no_cache(StatusCode::OK, response))
}

/// Parses the body.
pub fn parse_document(body: &Value) -> Result<OwnDocument, ApiError> {
    if !body.is_object() {
        return Err(ApiError::NotAnObject);
    }
    OwnDocument::parse(body).map_err(ApiError::InvalidMembers)
}
