//! Counts a user's request against its limit, and gets a permit to use the database.

use actix_web::dev::ServiceResponse;
use privet_application::rate_limits::{ConcurrencyPermit, Limit, Verdict};
use privet_domain::UserId;

use super::{Gated, UserRoute};
use crate::errors::ApiError;
use crate::response::rate_limits::Refusal;
use crate::response::rate_limits::add_verdict;

/// A counted request: its limit and the remaining quota.
pub(super) type Turn = (Limit, Verdict);

pub(super) fn add_turn(response: &mut ServiceResponse, turn: Option<&Turn>) {
    if let Some((limit, verdict)) = turn {
        add_verdict(response.headers_mut(), *limit, verdict);
    }
}

impl<S> Gated<S> {
    /// Counts the request, and waits for a permit if the route always uses the database.
    ///
    /// First get a place in the queue: a request without a place is refused at once and not counted. Count before
    /// waiting: a user over the quota is refused at once, and each waiting request is counted.
    pub(super) async fn turn_and_permit(
        &self,
        user_id: UserId,
        route: UserRoute,
    ) -> Result<(Option<Turn>, Option<ConcurrencyPermit>), ApiError> {
        let limits = self.gate.privet.rate_limits.as_ref();
        let limits = limits.filter(|_| !route.asks_for_the_row_only);
        let place = match limits {
            Some(limits) => Some(limits.place(user_id).ok_or(ApiError::TooManyAtOnce)?),
            None => None,
        };
        let turn = self.turn(user_id, route.limit).await;
        let turn = turn.map_err(ApiError::RateLimited)?;
        let permit = match place {
            Some(place) => Some(place.permit().await.ok_or(ApiError::TooManyAtOnce)?),
            None => None,
        };
        Ok((turn, permit))
    }

    /// A permit to use the database; `Ok(None)` if limits are off.
    pub(super) async fn permit(
        &self,
        user_id: UserId,
    ) -> Result<Option<ConcurrencyPermit>, ApiError> {
        let Some(limits) = &self.gate.privet.rate_limits else {
            return Ok(None);
        };
        let permit = limits.permit(user_id).await;
        permit.map(Some).ok_or(ApiError::TooManyAtOnce)
    }

    /// The remaining quota of the user if limits are on; an error if it is used up.
    pub(super) async fn turn(
        &self,
        user_id: UserId,
        limit: Limit,
    ) -> Result<Option<Turn>, Refusal> {
        let Some(limits) = &self.gate.privet.rate_limits else {
            return Ok(None);
        };
        let verdict = limits.count(user_id, limit).await;
        match verdict.retry_after {
            None => Ok(Some((limit, verdict))),
            Some(retry_after) => Err(Refusal {
                limit,
                quota: verdict.quota,
                retry_after,
            }),
        }
    }
}
