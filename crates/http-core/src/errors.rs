//! All errors of requests, and the one match that maps them to HTTP. `errors/shape.rs` renders them in the format
//! of each path.

mod fields;
mod shape;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use privet_application::changes::{FeedError, TooManyStreams};
use privet_application::relationships::RelationshipError;
use privet_application::{ChangeError, LoadError, StoreError};
use privet_domain::FieldError;

use crate::response::rate_limits::{Refusal, seconds};

pub use fields::{MORE, MOST_FIELDS};
pub use shape::{Family, render, render_body};

/// Why a request is not authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// There is no bearer token.
    #[error("Authentication token is required")]
    Missing,
    /// The token has expired.
    #[error("Token has expired")]
    Expired,
    /// Any other fault of a token. Details would only help an attacker.
    #[error("Invalid token")]
    Invalid,
    /// The token is valid, but its user was erased.
    #[error("Account has been deleted")]
    Erased,
}

/// Why a request failed.
#[derive(Debug)]
pub enum ApiError {
    /// The request is not authenticated.
    Unauthenticated(Unauthenticated),
    /// Too many requests.
    RateLimited(Refusal),
    /// Too many concurrent requests of the user.
    TooManyAtOnce,
    /// Too many streams of the user.
    TooManyStreams,
    /// There is no such path.
    NotFound,
    /// The item does not exist, or the caller may not know about it. Contains the message.
    Absent(&'static str),
    /// The caller may not have this. Contains the reason.
    Forbidden(&'static str),
    /// The token lacks this scope.
    MissingScope(&'static str),
    /// The present state conflicts with the request. Contains the reason.
    Conflict(&'static str),
    /// The caller's list has its maximum length. Names the list.
    LimitReached(&'static str),
    /// The cursor of the feed is too old, or of another database.
    CursorExpired,
    /// The path does not support this method. Contains the supported methods.
    MethodNotAllowed(String),
    /// The body is not JSON, or the query cannot be parsed.
    Malformed(String),
    /// The body is JSON, but not an object.
    NotAnObject,
    /// Members of the body are invalid.
    InvalidMembers(Vec<FieldError>),
    /// A layer of the catalogue forbids the values of these members. Contains its notes.
    Locked(Vec<FieldError>),
    /// Parameters of the path or the query are invalid.
    InvalidParameters(Vec<FieldError>),
    /// The body is larger than this many bytes.
    PayloadTooLarge(usize),
    /// The body did not arrive within this time.
    TooSlow(Duration),
    /// The body is not sent as JSON.
    UnsupportedMediaType,
    /// The body is not sent as lines of JSON.
    NotLines,
    /// The CORS preflight is refused. Contains the reason.
    RefusedPreflight(String),
    /// The body is compressed.
    Compressed,
    /// `If-Match` or `If-None-Match` does not hold.
    PreconditionFailed,
    /// A required dependency is unavailable. Contains its name, or is empty.
    Unavailable(Vec<&'static str>),
    /// A store failed. The cause is only logged.
    Store(StoreError),
    /// Another part of the service failed. The cause is only logged.
    Failed(Box<dyn Error + Send + Sync>),
    /// The service failed without a known cause.
    Internal,
    /// The framework refused the request with this status.
    Framework(StatusCode),
}

/// An error over HTTP, before it is rendered in the format of a family.
pub struct Failure {
    /// The status, unless the family has another one.
    pub status: StatusCode,
    /// The machine-readable code of the problem format.
    pub code: &'static str,
    /// The message. Never SQL, a file path or a backtrace.
    pub detail: String,
    /// The errors of members or parameters: the first ones.
    pub fields: Vec<FieldError>,
    /// Whether there are more errors than listed.
    pub has_more: bool,
}

impl ApiError {
    /// Maps this error to HTTP.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Self::Unauthenticated(why) => {
                plain(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", &why.to_string())
            }
            Self::RateLimited(refusal) => too_many("Too many requests.", refusal.retry_after),
            Self::TooManyAtOnce => too_many("Too many requests at the same time.", RETRY_AT_ONCE),
            Self::TooManyStreams => too_many("Too many streams.", RETRY_STREAM),
            Self::NotFound => plain(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "There is nothing at this path.",
            ),
            Self::Absent(what) => plain(StatusCode::NOT_FOUND, "NOT_FOUND", what),
            Self::Forbidden(why) => plain(StatusCode::FORBIDDEN, "FORBIDDEN", why),
            Self::MissingScope(scope) => plain(
                StatusCode::FORBIDDEN,
                "FORBIDDEN",
                &format!("This takes a token with the scope {scope}."),
            ),
            Self::Conflict(what) => plain(StatusCode::CONFLICT, "CONFLICT", what),
            Self::LimitReached(what) => plain(StatusCode::CONFLICT, "LIMIT_REACHED", what),
            Self::CursorExpired => plain(
                StatusCode::GONE,
                "CURSOR_EXPIRED",
                "The cursor is too old or of another database. Forget what was cached, and begin with after=now.",
            ),
            Self::MethodNotAllowed(allowed) => plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                &format!("This path takes {allowed}."),
            ),
            Self::Malformed(why) | Self::RefusedPreflight(why) => {
                plain(StatusCode::BAD_REQUEST, INVALID, why)
            }
            Self::NotAnObject => plain(
                StatusCode::BAD_REQUEST,
                INVALID,
                "The body must be an object.",
            ),
            Self::InvalidMembers(fields) | Self::InvalidParameters(fields) => {
                by_field(StatusCode::BAD_REQUEST, INVALID, fields)
            }
            Self::Locked(fields) => by_field(StatusCode::FORBIDDEN, "SETTING_LOCKED", fields),
            Self::PayloadTooLarge(limit) => plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                &format!("The body is larger than {limit} bytes."),
            ),
            Self::UnsupportedMediaType => plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "The body must be sent as application/json.",
            ),
            Self::NotLines => plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "The body must be sent as application/x-ndjson.",
            ),
            Self::Compressed => plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "The body must be sent as it is, without Content-Encoding.",
            ),
            Self::TooSlow(limit) => plain(
                StatusCode::REQUEST_TIMEOUT,
                INVALID,
                &format!("The body did not arrive within {}.", seconds(*limit)),
            ),
            Self::PreconditionFailed => plain(
                StatusCode::PRECONDITION_FAILED,
                "PRECONDITION_FAILED",
                "The present version does not fit If-Match or If-None-Match. Nothing changed.",
            ),
            Self::Unavailable(missing) => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                &unavailable(missing),
            ),
            Self::Store(StoreError::Unavailable(_)) => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                &unavailable(&[]),
            ),
            Self::Store(StoreError::Internal(_)) | Self::Failed(_) | Self::Internal => plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL_ERROR",
                "The service failed. The request id helps to find out why.",
            ),
            Self::Framework(status) => {
                let reason = status.canonical_reason().unwrap_or("Error");
                let code = if status.is_server_error() {
                    "INTERNAL_ERROR"
                } else {
                    INVALID
                };
                plain(*status, code, reason)
            }
        }
    }
}

const INVALID: &str = "INVALID_REQUEST";
/// It is unknown how long other requests of the user take; a second prevents clients from retrying at once.
const RETRY_AT_ONCE: Duration = Duration::from_secs(1);
/// A stream may last for hours; this prevents clients from retrying at once.
const RETRY_STREAM: Duration = Duration::from_secs(5);

fn plain(status: StatusCode, code: &'static str, detail: &str) -> Failure {
    Failure {
        status,
        code,
        detail: detail.to_owned(),
        fields: Vec::new(),
        has_more: false,
    }
}

fn by_field(status: StatusCode, code: &'static str, fields: &[FieldError]) -> Failure {
    let told = fields::told(fields);
    let has_more = told.len() < fields.len();
    let detail = fields::sentence(&told, has_more);
    Failure {
        fields: told,
        has_more,
        ..plain(status, code, &detail)
    }
}

fn too_many(what: &str, retry_after: Duration) -> Failure {
    let detail = format!("{what} Try again in {}.", seconds(retry_after));
    plain(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", &detail)
}

fn unavailable(missing: &[&str]) -> String {
    if missing.is_empty() {
        "The database cannot be reached. Try again later.".to_owned()
    } else {
        format!("Away: {}.", missing.join(", "))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.failure().detail)
    }
}

/// Passes the error to the outermost middleware, which knows the path and so the format.
impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.failure().status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Unauthenticated> for ApiError {
    fn from(why: Unauthenticated) -> Self {
        Self::Unauthenticated(why)
    }
}

/// The outermost middleware logs it with the request id.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<LoadError> for ApiError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Erased => Unauthenticated::Erased.into(),
            LoadError::Store(error) => error.into(),
        }
    }
}

impl From<FeedError> for ApiError {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::CursorExpired => Self::CursorExpired,
            FeedError::Store(error) => error.into(),
        }
    }
}

impl From<TooManyStreams> for ApiError {
    fn from(_: TooManyStreams) -> Self {
        Self::TooManyStreams
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::PreconditionFailed => Self::PreconditionFailed,
            ChangeError::Locked(locked) => Self::Locked(locked.fields().to_vec()),
            ChangeError::Erased => Unauthenticated::Erased.into(),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl ApiError {
    /// The result of a call about another user. `absent` is the message if there is no such item.
    pub fn of_relationship(absent: &'static str) -> impl FnOnce(RelationshipError) -> Self {
        move |error| match error {
            RelationshipError::CallerErased => Unauthenticated::Erased.into(),
            RelationshipError::NotFound => Self::Absent(absent),
            RelationshipError::Hidden => {
                Self::Forbidden("This is for the account's accepted followers.")
            }
            RelationshipError::AlreadyAccepted => {
                Self::Conflict("The request was accepted before.")
            }
            RelationshipError::LimitReached => {
                Self::LimitReached("There are as many as there may be. Remove one first.")
            }
            RelationshipError::Store(error) => error.into(),
        }
    }
}
