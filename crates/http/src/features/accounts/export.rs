//! The endpoint of the export: one JSON document, streamed while it is read, so that it is never completely in
//! memory. If reading fails midway, the connection is closed, so that clients notice the incomplete document.

use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream::{self, Stream, StreamExt};
use privet_application::accounts::export::ExportPart;
use privet_application::rate_limits::Limit;
use privet_application::{Privet, StoreError};
use privet_domain::catalogue::{Catalogue, Family};
use privet_domain::relationships::follows::Follow;
use privet_domain::settings::user::User;
use privet_domain::transfer::own::FORMAT;
use privet_domain::{RequestId, Timestamp};
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Caller, Endpoint};
use privet_http_core::response::answers::private_no_cache_head;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::features::relationships::blocks::BlockResponse;
use crate::features::relationships::contacts::ContactResponse;
use crate::features::relationships::exceptions::ExceptionsResponse;
use crate::features::relationships::follows::{FollowStatusSchema, status_name};
use crate::features::settings::account_privacy::AccountPrivacyResponse;
use crate::features::settings::audit::AuditEntryResponse;
use crate::features::settings::email_contact::EmailContactResponse;
use crate::features::settings::looks::LookResponse;
use crate::features::settings::messaging_privacy::MessagingPrivacyResponse;
use crate::features::settings::messaging_schemas::MessagingPrivacySchema;
use crate::features::settings::preferences_schemas::PreferencesTree;

/// The path of the export.
pub const PATH: &str = "/api/v1/users/me/export";

/// All data of the caller, without the users who blocked the caller.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the document, which is written part by part"
)]
pub struct ExportResponse {
    /// `privet-export/1`.
    format: String,
    /// The user that the document belongs to.
    #[schema(format = "uuid")]
    user_id: String,
    /// When the document was made.
    #[schema(format = "date-time")]
    exported_at: String,
    /// When the user was created.
    #[schema(format = "date-time")]
    created_at: String,
    /// The user's cohorts, which a service sets.
    cohorts: Vec<String>,
    /// What the user chose, by the dotted name of the setting. An import reads this.
    choices: Map<String, Value>,
    /// The settings of all families.
    settings: ExportedSettings,
    /// The preferences.
    preferences: ExportedPreferences,
    /// The users whom the caller added.
    contacts: Vec<ContactResponse>,
    /// The users whom the caller blocked.
    blocks: Vec<BlockResponse>,
    /// Users for whom the caller has exceptions.
    exceptions: Vec<ExceptionsResponse>,
    /// Follows by the caller and of the caller, including requests.
    follows: Vec<ExportedFollow>,
    /// The caller's history, newest first.
    audit_entries: Vec<AuditEntryResponse>,
    /// Who of the product's support staff looked at the caller's data, newest first.
    looks: Vec<LookResponse>,
}

/// The settings of all families, in the format of their own endpoints.
#[derive(Serialize, ToSchema)]
pub struct ExportedSettings {
    /// Whether other users may send an e-mail.
    email_contact: ExportedEmailContact,
    /// Whether a follow needs approval.
    account_privacy: AccountPrivacyResponse,
    /// What other users in a chat may see and do.
    #[schema(value_type = MessagingPrivacySchema)]
    messaging_privacy: MessagingPrivacyResponse<String, Value>,
}

/// Whether other users may send an e-mail.
#[derive(Serialize, ToSchema)]
pub struct ExportedEmailContact {
    /// Whether other users may send an e-mail.
    allow_email_contact: bool,
    /// When these settings last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// The preferences: the choices, and the values in force.
#[derive(Serialize, ToSchema)]
pub struct ExportedPreferences {
    /// Only the caller's choices, by dotted key.
    chosen: Map<String, Value>,
    /// All keys, including defaults.
    #[schema(value_type = PreferencesTree)]
    effective: Value,
    /// When these settings last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// A follow or a request, by the caller or of the caller.
#[derive(Serialize, ToSchema)]
pub struct ExportedFollow {
    /// The id.
    #[schema(format = "uuid")]
    id: String,
    /// The user who follows.
    #[schema(format = "uuid")]
    follower_id: String,
    /// The user who is followed.
    #[schema(format = "uuid")]
    following_id: String,
    /// `PENDING` or `ACCEPTED`.
    #[schema(value_type = FollowStatusSchema)]
    status: &'static str,
    /// When the follow was requested.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it was accepted; null for a request.
    #[schema(format = "date-time")]
    decided_at: Option<String>,
}

impl From<Follow> for ExportedFollow {
    fn from(follow: Follow) -> Self {
        Self {
            id: follow.id.to_string(),
            follower_id: follow.follower_id.to_string(),
            following_id: follow.following_id.to_string(),
            status: status_name(follow.status),
            created_at: follow.created_at.to_string(),
            decided_at: follow.decided_at.map(|time| time.to_string()),
        }
    }
}

/// The beginning of the document: the content of the user's row.
#[derive(Serialize)]
struct Head {
    format: &'static str,
    user_id: String,
    exported_at: String,
    created_at: String,
    cohorts: Vec<String>,
    choices: Map<String, Value>,
    settings: ExportedSettings,
    preferences: ExportedPreferences,
}

impl Head {
    fn of(user: &User, catalogue: &Catalogue, now: Timestamp) -> Self {
        let updated_at = |family| user.version(family).updated_at.to_string();
        Self {
            format: FORMAT,
            user_id: user.id.to_string(),
            exported_at: now.to_string(),
            created_at: user.created_at.to_string(),
            cohorts: user.cohorts.iter().map(str::to_owned).collect(),
            choices: choices_of(user),
            settings: ExportedSettings {
                email_contact: ExportedEmailContact {
                    allow_email_contact: EmailContactResponse::of(catalogue, user)
                        .allow_email_contact,
                    updated_at: updated_at(Family::Email),
                },
                account_privacy: AccountPrivacyResponse::of(catalogue, user),
                messaging_privacy: MessagingPrivacyResponse::of(catalogue, user).into_owned(),
            },
            preferences: ExportedPreferences {
                chosen: user.preferences.to_stored(),
                effective: user.preferences_tree(catalogue),
                updated_at: updated_at(Family::Preferences),
            },
        }
    }
}

/// All choices by dotted name, also those that the catalogue does not know any more.
fn choices_of(user: &User) -> Map<String, Value> {
    let settings = user.choices.iter();
    let settings = settings.map(|(name, value)| (name.to_owned(), value.clone()));
    let prefix = Family::Preferences.as_str();
    let preferences = user.preferences.iter();
    let preferences = preferences.map(|(key, value)| (format!("{prefix}.{key}"), value.clone()));
    settings.chain(preferences).collect()
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new::<__path_export_account>(
        Caller::User(Limit::General),
        |route| route.to(export_account),
    )]
}

/// Export an account
///
/// Returns all data of the caller as one JSON document, which is streamed. It does not contain the users who
/// blocked the caller. A document without its closing brace is incomplete: repeat the request.
#[utoipa::path(
    get, path = PATH, operation_id = "export_account", tag = "accounts",
    responses(
        (status = 200, description = "The document.", body = ExportResponse),
    ),
    security(("bearer" = [])),
)]
pub async fn export_account(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
) -> HttpResponse {
    let user = authenticated.loaded.user();
    let head = Head::of(user, &privet.catalogue.get(), privet.clock.now());
    let parts = privet.accounts.clone().export_account(user.id);
    let request_id = authenticated.caller.request_id.clone();
    let attachment = "attachment; filename=\"privet-export.json\"";
    private_no_cache_head(StatusCode::OK)
        .insert_header((header::CONTENT_DISPOSITION, attachment))
        .content_type("application/json")
        .streaming(written(head, parts, request_id))
}

/// The text of the document, part by part.
fn written(
    head: Head,
    parts: impl Stream<Item = Result<ExportPart, StoreError>>,
    request_id: RequestId,
) -> impl Stream<Item = Result<Bytes, CutShort>> {
    let mut writer = Writer::default();
    let beginning = stream::once(async move {
        let mut text = serde_json::to_vec(&head)?;
        // The closing brace follows at the end of the document.
        text.pop();
        Ok(Bytes::from(text))
    });
    let middle = parts.map(move |part| {
        // The answer has begun, so the status cannot report the error.
        let part = part.inspect_err(|error| {
            tracing::warn!(
                request.id = request_id.as_str(),
                error.type = error.error_type(),
                exception.message = %error,
                "an export was cut short"
            );
        })?;
        Ok(writer.write(part)?)
    });
    let end = stream::once(async { Ok(Bytes::from_static(b"]}")) });
    beginning.chain(middle).chain(end)
}

/// The reason why a document is incomplete.
#[derive(Debug, thiserror::Error)]
enum CutShort {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Writes the lists of the document. Each may arrive in several parts.
#[derive(Default)]
struct Writer {
    section: &'static str,
    has_items: bool,
}

impl Writer {
    fn write(&mut self, part: ExportPart) -> serde_json::Result<Bytes> {
        match part {
            ExportPart::Contacts(items) => self.items::<_, ContactResponse>("contacts", items),
            ExportPart::Blocks(items) => self.items::<_, BlockResponse>("blocks", items),
            ExportPart::Exceptions(items) => {
                self.items::<_, ExceptionsResponse>("exceptions", items)
            }
            ExportPart::Follows(items) => self.items::<_, ExportedFollow>("follows", items),
            ExportPart::AuditEntries(items) => {
                self.items::<_, AuditEntryResponse>("audit_entries", items)
            }
            ExportPart::Looks(items) => self.items::<_, LookResponse>("looks", items),
        }
    }

    fn items<T, R: From<T> + Serialize>(
        &mut self,
        section: &'static str,
        items: Vec<T>,
    ) -> serde_json::Result<Bytes> {
        let mut text = Vec::new();
        if self.section != section {
            let end = if self.section.is_empty() { "" } else { "]" };
            text.extend_from_slice(format!("{end},\"{section}\":[").as_bytes());
            *self = Self {
                section,
                has_items: false,
            };
        }
        for item in items {
            if self.has_items {
                text.push(b',');
            }
            self.has_items = true;
            serde_json::to_writer(&mut text, &R::from(item))?;
        }
        Ok(text.into())
    }
}
