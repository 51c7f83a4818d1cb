//! What handlers know about the caller. There is a type for each kind of route. Service routes have no row, so
//! their handlers cannot use one.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use privet_application::Caller;
use privet_application::settings::Loaded;

use crate::errors::{ApiError, Unauthenticated};

/// A user who calls, and their row at the time of authentication. A handler with this parameter needs the
/// middleware for users.
#[derive(Clone)]
pub struct Authenticated(Rc<AuthenticatedUser>);

/// The data of a user's request.
pub struct AuthenticatedUser {
    /// The caller.
    pub caller: Caller,
    /// The caller's row.
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

/// A service whose token has the scope of the route. It is not a user and has no row. A handler with this
/// parameter needs the middleware for services.
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

/// If a route lacks the middleware or has the wrong one, every request fails.
fn from_extensions<T: Clone + 'static>(request: &HttpRequest) -> Result<T, ApiError> {
    let left = request.extensions().get::<T>().cloned();
    left.ok_or(ApiError::Unauthenticated(Unauthenticated::Missing))
}
