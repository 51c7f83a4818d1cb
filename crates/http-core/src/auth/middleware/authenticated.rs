//! What handlers are told of who asks. Each kind of route has its own: behind the gate of services there is no
//! row, so that no handler of theirs can ask for one.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use privet_application::Caller;
use privet_application::settings::Loaded;

use crate::errors::{ApiError, Unauthenticated};

/// A user who asks, and their row as it stood when the request was let in. Handlers that take it can be
/// reached through the gate of users only.
#[derive(Clone)]
pub struct Admission(Rc<Admitted>);

/// What is known of a user's request.
pub struct Admitted {
    /// Who asks.
    pub caller: Caller,
    /// Their row.
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

/// A service whose token carries the scope of the route. It is no user and has no row. Handlers that take it
/// can be reached through the gate of services only.
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

/// A route that forgot its gate, or has the wrong one, answers nobody.
fn left_by_the_gate<T: Clone + 'static>(request: &HttpRequest) -> Result<T, ApiError> {
    let left = request.extensions().get::<T>().cloned();
    left.ok_or(ApiError::Unauthenticated(Unauthenticated::Missing))
}
