//! When the token of a request expires, for answers that may last longer.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use privet_domain::Timestamp;

use crate::auth::identity::Identity;
use crate::errors::{ApiError, Unauthenticated};

/// No answer lasts longer: a year.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// `exp` of the token, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct TokenExpiry(f64);

impl TokenExpiry {
    pub(super) const fn new(identity: &Identity) -> Self {
        Self(identity.expires)
    }

    pub(super) fn insert(self, request: &ServiceRequest) {
        request.extensions_mut().insert(self);
    }

    /// The time for which the token is still valid.
    #[must_use]
    pub fn remaining(self, now: Timestamp) -> Duration {
        let now = u64::try_from(now.as_micros()).unwrap_or_default();
        let left = self.0 - Duration::from_micros(now).as_secs_f64();
        let left = Duration::try_from_secs_f64(left.max(0.0));
        left.unwrap_or(LONGEST).min(LONGEST)
    }
}

impl FromRequest for TokenExpiry {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let left = request.extensions().get::<Self>().copied();
        ready(left.ok_or(ApiError::Unauthenticated(Unauthenticated::Missing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_is_bounded() {
        let now = Timestamp::from_micros(10_500_000).unwrap();
        for (expires, remaining) in [
            (12.0, Duration::from_millis(1_500)),
            (10.0, Duration::ZERO),
            (f64::MAX, LONGEST),
            (f64::NAN, Duration::ZERO),
        ] {
            assert_eq!(TokenExpiry(expires).remaining(now), remaining);
        }
    }
}
