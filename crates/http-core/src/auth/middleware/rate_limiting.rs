//! Counts a user's request against its limit, and gets a permit to use the database.

use actix_web::dev::ServiceResponse;
use privet_application::rate_limits::{ConcurrencyPermit, Limit, RateLimitOutcome};
use privet_domain::UserId;

use super::{AuthServiceInner, UserRoute};
use crate::errors::ApiError;
use crate::response::rate_limits::Refusal;
use crate::response::rate_limits::add_rate_limit;

/// A counted request: its limit and the remaining quota.
pub(super) type CountedRequest = (Limit, RateLimitOutcome);

pub(super) fn add_rate_limit_of(response: &mut ServiceResponse, counted: Option<&CountedRequest>) {
    if let Some((limit, outcome)) = counted {
        add_rate_limit(response.headers_mut(), *limit, outcome);
    }
}

impl<S> AuthServiceInner<S> {
    /// Counts the request, and waits for a permit if the route always uses the database.
    ///
    /// First get a slot in the queue: a request without a slot is refused at once and not counted. Count before
    /// waiting: a user over the quota is refused at once, and each waiting request is counted.
    pub(super) async fn count_and_permit(
        &self,
        user_id: UserId,
        route: UserRoute,
    ) -> Result<(Option<CountedRequest>, Option<ConcurrencyPermit>), ApiError> {
        let limits = self.authenticator.privet.rate_limits.as_ref();
        let limits = limits.filter(|_| !route.asks_for_the_row_only);
        let slot = match limits {
            Some(limits) => Some(limits.slot(user_id).ok_or(ApiError::TooManyAtOnce)?),
            None => None,
        };
        let counted = self.count(user_id, route.limit).await;
        let counted = counted.map_err(ApiError::RateLimited)?;
        let permit = match slot {
            Some(slot) => Some(slot.permit().await.ok_or(ApiError::TooManyAtOnce)?),
            None => None,
        };
        Ok((counted, permit))
    }

    /// A permit to use the database; `Ok(None)` if limits are off.
    pub(super) async fn permit(
        &self,
        user_id: UserId,
    ) -> Result<Option<ConcurrencyPermit>, ApiError> {
        let Some(limits) = &self.authenticator.privet.rate_limits else {
            return Ok(None);
        };
        let permit = limits.permit(user_id).await;
        permit.map(Some).ok_or(ApiError::TooManyAtOnce)
    }

    /// The remaining quota of the user if limits are on; an error if it is used up.
    pub(super) async fn count(
        &self,
        user_id: UserId,
        limit: Limit,
    ) -> Result<Option<CountedRequest>, Refusal> {
        let Some(limits) = &self.authenticator.privet.rate_limits else {
            return Ok(None);
        };
        let outcome = limits.count(user_id, limit).await;
        match outcome.retry_after {
            None => Ok(Some((limit, outcome))),
            Some(retry_after) => Err(Refusal {
                limit,
                quota: outcome.quota,
                retry_after,
            }),
        }
    }
}
