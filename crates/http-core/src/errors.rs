//! Every way in which a request can fail, and the one match that says what each is over HTTP. How it
//! looks on which path is said in `errors/shape.rs`.

mod fields;
mod shape;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use privet_application::relationships::RelationshipError;
use privet_application::{ChangeError, LoadError, StoreError};
use privet_domain::FieldError;

use crate::response::rate_limits::{Refusal, seconds};

pub use fields::{MORE, MOST_FIELDS};
pub use shape::{Family, render, render_body};

/// Why nobody is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// There is no bearer token at all.
    #[error("Authentication token is required")]
    Missing,
    /// The token was good once.
    #[error("Token has expired")]
    Expired,
    /// Anything else that is wrong with a token. Which it is helps nobody but a forger.
    #[error("Invalid token")]
    Invalid,
    /// The token is good, but its user was erased.
    #[error("Account has been deleted")]
    Erased,
}

/// Why a request was not answered as asked.
#[derive(Debug)]
pub enum ApiError {
    /// Nobody is authenticated.
    Unauthenticated(Unauthenticated),
    /// Too many requests.
    RateLimited(Refusal),
    /// Too many requests of the user at the same time.
    TooManyAtOnce,
    /// There is nothing at this path.
    NotFound,
    /// There is no such thing, or none that the caller may know of. Says what.
    Absent(&'static str),
    /// The caller may not have this. Says why.
    Forbidden(&'static str),
    /// The caller's token lacks this scope.
    MissingScope(&'static str),
    /// What there is stands against it. Says what.
    Conflict(&'static str),
    /// There is something at this path, but not with this method. Holds the methods there are.
    MethodNotAllowed(String),
    /// The body is not JSON, or the query cannot be read.
    Malformed(String),
    /// The body is JSON, but no object.
    NotAnObject,
    /// Members of the body are wrong.
    InvalidMembers(Vec<FieldError>),
    /// Parameters of the path or the query are wrong.
    InvalidParameters(Vec<FieldError>),
    /// The body is larger than this many bytes.
    PayloadTooLarge(usize),
    /// The body did not come within this time.
    TooSlow(Duration),
    /// The body is not sent as JSON.
    UnsupportedMediaType,
    /// Pages may not make the request that they ask permission for. Says why.
    RefusedPreflight(String),
    /// The body is compressed.
    Compressed,
    /// `If-Match` or `If-None-Match` does not hold.
    PreconditionFailed,
    /// Something the service cannot work without is away. Names it, or is empty.
    Unavailable(Vec<&'static str>),
    /// A store did not do what it was asked to. The cause is in the log and nowhere else.
    Store(StoreError),
    /// The service failed at something else. The cause is in the log and nowhere else.
    Failed(Box<dyn Error + Send + Sync>),
    /// The service failed without a cause to tell.
    Internal,
    /// The framework refused the request with this status.
    Framework(StatusCode),
}

/// What an error is over HTTP, before it takes the shape of a family.
pub struct Failure {
    /// The status, where the family has no other.
    pub status: StatusCode,
    /// The machine-readable code of the problem family.
    pub code: &'static str,
    /// A sentence for people. Never SQL, a file path or a backtrace.
    pub detail: String,
    /// What is wrong with which member or parameter: the first ones.
    pub fields: Vec<FieldError>,
    /// Whether more is wrong than is told.
    pub has_more: bool,
}

impl ApiError {
    /// What this error is over HTTP.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Self::Unauthenticated(why) => {
                plain(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", &why.to_string())
            }
            Self::RateLimited(refusal) => too_many("Too many requests.", refusal.retry_after),
            Self::TooManyAtOnce => too_many("Too many requests at the same time.", RETRY_AT_ONCE),
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
                let told = fields::told(fields);
                let has_more = told.len() < fields.len();
                let detail = fields::sentence(&told, has_more);
                Failure {
                    fields: told,
                    has_more,
                    ..plain(StatusCode::BAD_REQUEST, INVALID, &detail)
                }
            }
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
/// How long other requests of the user take is not known; a second keeps clients from hammering.
const RETRY_AT_ONCE: Duration = Duration::from_secs(1);

fn plain(status: StatusCode, code: &'static str, detail: &str) -> Failure {
    Failure {
        status,
        code,
        detail: detail.to_owned(),
        fields: Vec::new(),
        has_more: false,
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

/// Carries the error to the outermost middleware, which knows the path and so the shape.
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

/// The outermost middleware logs it, beside the request's id.
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

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::PreconditionFailed => Self::PreconditionFailed,
            ChangeError::Erased => Unauthenticated::Erased.into(),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl ApiError {
    /// What became of a call about somebody else, whose target is described by `absent` where there is
    /// none.
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
            RelationshipError::Store(error) => error.into(),
        }
    }
}
