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
pub struct Admission(Rc<Admitted>);

/// The data of a user's request.
pub struct Admitted {
    /// The caller.
    pub caller: Caller,
    /// The caller's row.
    pub loaded: Loaded,
}

impl Admission {
    pub(super) fn new(caller: Caller, loaded: Loaded) -> Self {
        Self(Rc::new(Admitted { caller, loaded }))
    }
}

impl Deref for Admission {
    type Target = Admitted;

    fn deref(&self) -> &Admitted {
        &self.0
    }
}

/// A service whose token has the scope of the route. It is not a user and has no row. A handler with this
/// parameter needs the middleware for services.
#[derive(Clone)]
pub struct ServiceAdmission {
    _private: (),
}

impl ServiceAdmission {
    pub(super) const fn new() -> Self {
        Self { _private: () }
    }
}

impl FromRequest for Admission {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(left_by_the_gate(request))
    }
}

impl FromRequest for ServiceAdmission {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(left_by_the_gate(request))
    }
}

/// If a route lacks the middleware or has the wrong one, every request fails.
fn left_by_the_gate<T: Clone + 'static>(request: &HttpRequest) -> Result<T, ApiError> {
    let left = request.extensions().get::<T>().cloned();
    left.ok_or(ApiError::Unauthenticated(Unauthenticated::Missing))
}
