//! The declaration of an endpoint. The router and the OpenAPI document are built from it.

use actix_web::Route;
use privet_application::rate_limits::Limit;
use privet_application::relationships::RelationshipError;
use privet_domain::FieldError;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{HttpMethod, RefOr, Schema};

use crate::auth::scopes::Scope;
use crate::errors::ApiError;

/// Who may call an endpoint, and which limit applies.
#[derive(Debug, Clone, Copy)]
pub enum Caller {
    /// Anyone, without a token.
    Anyone,
    /// Users.
    User(Limit),
    /// Users. The handler answers from the caller's row and uses the database for nothing else.
    UserRow(Limit),
    /// Users. The handler changes their settings and uses the caller's row for nothing else.
    SettingsChange(Limit),
    /// Users. The answer is a stream, and the handler uses the database only now and then.
    UserStream(Limit),
    /// Users, but not tokens with a service scope.
    UserAndNoService(Limit),
    /// Services whose token has this scope.
    Service(Scope),
}

impl Caller {
    /// Whether most requests of a product have such callers: reads and changes of settings, and decisions.
    pub(super) const fn calls_often(self) -> bool {
        matches!(
            self,
            Self::UserRow(_) | Self::SettingsChange(_) | Self::Service(Scope::Decide)
        )
    }
}

/// The request body of an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// The maximum size in bytes.
    pub largest: usize,
    /// Whether it is parsed as JSON whatever its media type.
    pub is_of_any_type: bool,
}

impl Body {
    /// JSON with the JSON media type.
    #[must_use]
    pub const fn json(largest: usize) -> Self {
        Self {
            largest,
            is_of_any_type: false,
        }
    }

    /// JSON with any media type.
    #[must_use]
    pub const fn of_any_type(largest: usize) -> Self {
        Self {
            largest,
            is_of_any_type: true,
        }
    }
}

/// A failure of an endpoint, for the OpenAPI document.
pub struct Failure {
    /// Its name, for examples.
    pub name: &'static str,
    /// What it means for the endpoint.
    pub meaning: String,
    /// The error in the answer.
    pub error: ApiError,
}

impl Failure {
    /// A failure with this name and meaning.
    pub fn new(name: &'static str, meaning: impl Into<String>, error: impl Into<ApiError>) -> Self {
        Self {
            name,
            meaning: meaning.into(),
            error: error.into(),
        }
    }

    /// The requested item does not exist.
    #[must_use]
    pub fn absent(meaning: &str, told: &'static str) -> Self {
        Self::new("none such", meaning, ApiError::Absent(told))
    }

    /// The caller's list has its maximum length.
    #[must_use]
    pub fn limit_reached() -> Self {
        let meaning = "The caller's list has its maximum length. Nothing changed.";
        let error = RelationshipError::LimitReached;
        Self::new(
            "limit reached",
            meaning,
            ApiError::of_relationship("")(error),
        )
    }

    /// A layer of the operator's catalogue forbids a value.
    #[must_use]
    pub fn locked(member: &str) -> Self {
        let meaning =
            "The operator's catalogue does not let the caller choose this value. Nothing changed.";
        let note = FieldError::new(member, "Protected while you are under 18.");
        Self::new("locked", meaning, ApiError::Locked(vec![note]))
    }

    /// The user in the path is the caller.
    #[must_use]
    pub fn oneself() -> Self {
        let wrong = FieldError::new("userId", "must be somebody else");
        let error = ApiError::InvalidParameters(vec![wrong]);
        Self::new("oneself", "`userId` is the caller's own.", error)
    }
}

/// The OpenAPI description of an endpoint.
pub struct Description {
    /// The operation.
    pub operation: Operation,
    /// The schemas that it refers to, by name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

/// A path with one method.
pub struct Endpoint {
    /// The canonical path.
    pub path: String,
    /// The method; `GET` also answers `HEAD`.
    pub method: HttpMethod,
    /// Who may call it.
    pub caller: Caller,
    /// Its request body.
    pub body: Option<Body>,
    pub(super) handle: fn(Route) -> Route,
    describe: fn() -> Description,
    failures: fn() -> Vec<Failure>,
}

impl Endpoint {
    /// The endpoint that `D` documents, with the handler that `handle` registers. `D` defines path and method.
    pub fn new<D>(caller: Caller, handle: fn(Route) -> Route) -> Self
    where
        D: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
    {
        Self {
            path: D::path(),
            method: D::methods().into_iter().next().unwrap_or(HttpMethod::Get),
            caller,
            body: None,
            handle,
            describe: describe::<D>,
            failures: Vec::new,
        }
    }

    /// Sets the request body.
    #[must_use]
    pub fn with_body(self, body: Body) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Adds failures to those that every such endpoint has.
    #[must_use]
    pub fn with_failures(self, failures: fn() -> Vec<Failure>) -> Self {
        Self { failures, ..self }
    }

    /// The OpenAPI description, without failures.
    #[must_use]
    pub fn describe(&self) -> Description {
        (self.describe)()
    }

    /// Its own failures.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure> {
        (self.failures)()
    }
}

fn describe<D>() -> Description
where
    D: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
{
    let mut operation = D::operation();
    let tags = D::tags().into_iter().map(str::to_owned);
    operation.tags.get_or_insert_default().extend(tags);
    let mut schemas = Vec::new();
    <D as SchemaReferences>::schemas(&mut schemas);
    Description { operation, schemas }
}
