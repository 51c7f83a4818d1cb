//! What handlers are told of who asks. Each kind of route has its own: for a service no row is loaded, and no
//! handler of theirs can ask for one.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use privet_application::Caller;
use privet_application::settings::Loaded;

use crate::errors::{ApiError, Unauthenticated};

/// A user who was authenticated, and their row as it stood then. Handlers that take it need the middleware
/// for users.
#[derive(Clone)]
pub struct Authenticated(Rc<AuthenticatedUser>);

/// What is known of a user's request.
pub struct AuthenticatedUser {
    /// Who asks.
    pub caller: Caller,
    /// Their row.
    pub loaded: Loaded,
}

impl Authenticated {
    pub(super) fn new(caller: Caller, loaded: Loaded) -> Self {
        Self(Rc::new(AuthenticatedUser { caller, loaded }))
    }
}

impl Deref for Authenticated {
    type Target = AuthenticatedUser;

    fn deref(&self) -> &AuthenticatedUser {
        &self.0
    }
}

/// A service whose token carries the scope of the route. It is no user and has no row. Handlers that take it
/// need the middleware for services.
#[derive(Clone)]
pub struct AuthenticatedService {
    _private: (),
}

impl AuthenticatedService {
    pub(super) const fn new() -> Self {
        Self { _private: () }
    }
}

impl FromRequest for Authenticated {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(from_extensions(request))
    }
}

impl FromRequest for AuthenticatedService {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(from_extensions(request))
    }
}

/// What the middleware left. A route without its middleware, or with the wrong one, answers 401.
fn from_extensions<T: Clone + 'static>(request: &HttpRequest) -> Result<T, ApiError> {
    let left = request.extensions().get::<T>().cloned();
    left.ok_or(ApiError::Unauthenticated(Unauthenticated::Missing))
}
