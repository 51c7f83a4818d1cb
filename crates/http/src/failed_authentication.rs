//! Refusing requests without a good token: 401, and past a number of those from one address 429. Good
//! tokens from the same address never come by here.
//!
//! A governor stands guard in every process. Where replicas count together, their count comes before it, so
//! that it holds what this process let through, and takes over when they no longer can.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_governor::governor::clock::{Clock, DefaultClock, QuantaInstant};
use actix_governor::governor::middleware::NoOpMiddleware;
use actix_governor::governor::{NotUntil, RateLimiter};
use actix_governor::{Governor, GovernorConfig, GovernorConfigBuilder, KeyExtractor};
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage, HttpResponse, HttpResponseBuilder};
use futures_util::future::LocalBoxFuture;
use ipnet::IpNet;
use privet_application::Privet;
use privet_application::rate_limits::{ClientNetwork, Limit, Quota};

use crate::client_address;
use crate::errors::{ApiError, Refusal, Unauthenticated};

type Config = GovernorConfig<AddressKey, NoOpMiddleware>;

/// Counts failed authentications by address. One for all workers: each would count for itself else.
#[derive(Clone)]
pub struct FailedAuthentication {
    privet: Arc<Privet>,
    trusted_proxies: Arc<[IpNet]>,
    guard: Option<Config>,
}

impl FailedAuthentication {
    /// Counts against `quota`; without one, nothing is counted and every failure is 401.
    pub fn new(privet: Arc<Privet>, quota: Option<Quota>, trusted_proxies: Vec<IpNet>) -> Self {
        let trusted_proxies: Arc<[IpNet]> = trusted_proxies.into();
        let guard = quota.and_then(|quota| {
            let key = AddressKey {
                trusted_proxies: Arc::clone(&trusted_proxies),
                quota,
            };
            GovernorConfigBuilder::default()
                .period(quota.interval())
                .burst_size(quota.requests.get())
                .key_extractor(key)
                .finish()
        });
        Self {
            privet,
            trusted_proxies,
            guard,
        }
    }

    /// Forgets addresses that failed long ago. To be called from time to time.
    pub fn forget_idle(&self) {
        if let Some(guard) = &self.guard {
            let counters: Arc<RateLimiter<_, _, _, _>> = guard.limiter();
            counters.retain_recent();
            counters.shrink_to_fit();
        }
    }

    /// The service that answers requests without a good token.
    pub async fn rejector(&self) -> Result<Rejector, ()> {
        let reject = Reject;
        let guarded: Guarded = match &self.guard {
            None => Box::new(move |request| Box::pin(reject.call(request))),
            Some(guard) => {
                let limited = Governor::new(guard).new_transform(reject).await?;
                Box::new(move |request| {
                    let answer = limited.call(request);
                    Box::pin(async move { Ok(with_refusal(answer.await?.map_into_boxed_body())) })
                })
            }
        };
        Ok(Rejector {
            failed: self.clone(),
            guarded,
        })
    }

    /// What the replicas together say against the request.
    async fn refusal_by_replicas(&self, request: &ServiceRequest) -> Option<Refusal> {
        let limits = self.privet.rate_limits.as_ref()?;
        let network = client_address::network_of(request, &self.trusted_proxies);
        let verdict = limits.count_failure(network).await?;
        Some(Refusal {
            limit: Limit::FailedAuthentication,
            quota: verdict.quota,
            retry_after: verdict.retry_after?,
        })
    }
}

/// The governor passes on a response but not the error in it; it comes along beside.
fn with_refusal(answer: ServiceResponse) -> ServiceResponse {
    let refusal = answer.response().extensions().get::<Refusal>().copied();
    match refusal {
        Some(refusal) => answer.error_response(ApiError::RateLimited(refusal)),
        None => answer,
    }
}

type Answer = LocalBoxFuture<'static, Result<ServiceResponse<BoxBody>, Error>>;

/// Answers every request with an error, past the guard of this process.
type Guarded = Box<dyn Fn(ServiceRequest) -> Answer>;

/// Answers requests without a good token.
pub struct Rejector {
    failed: FailedAuthentication,
    guarded: Guarded,
}

impl Rejector {
    /// Answers 401 and why, or 429.
    pub async fn reject(
        &self,
        request: ServiceRequest,
        why: Unauthenticated,
    ) -> Result<ServiceResponse, Error> {
        request.extensions_mut().insert(why);
        match self.failed.refusal_by_replicas(&request).await {
            Some(refusal) => Ok(request.error_response(ApiError::RateLimited(refusal))),
            None => (self.guarded)(request).await,
        }
    }
}

/// Answers every request with the 401 that stands in its extensions.
struct Reject;

impl Service<ServiceRequest> for Reject {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Ready<Result<Self::Response, Error>>;

    actix_web::dev::always_ready!();

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let why = request.extensions().get::<Unauthenticated>().copied();
        let error = ApiError::from(why.unwrap_or(Unauthenticated::Invalid));
        ready(Ok(request.error_response(error)))
    }
}

#[derive(Clone)]
struct AddressKey {
    trusted_proxies: Arc<[IpNet]>,
    quota: Quota,
}

impl KeyExtractor for AddressKey {
    type Key = ClientNetwork;
    type KeyExtractionError = ApiError;

    fn extract(&self, request: &ServiceRequest) -> Result<ClientNetwork, ApiError> {
        Ok(client_address::network_of(request, &self.trusted_proxies))
    }

    fn exceed_rate_limit_response(
        &self,
        refused: &NotUntil<QuantaInstant>,
        _: HttpResponseBuilder,
    ) -> HttpResponse {
        let retry_after = refused.wait_time_from(DefaultClock::default().now());
        let mut response = HttpResponse::TooManyRequests().finish();
        response.extensions_mut().insert(Refusal {
            limit: Limit::FailedAuthentication,
            quota: self.quota,
            retry_after,
        });
        response
    }
}
