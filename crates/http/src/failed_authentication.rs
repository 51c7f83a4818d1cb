//! Refusing requests without a good token: 401, and past a number of those from one address 429. Good
//! tokens from the same address never come by here.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};
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
use privet_application::rate_limits::Quota;

use crate::client_address::{self, ClientNetwork};
use crate::errors::{ApiError, Refusal, Unauthenticated};

/// The limit's name in the `RateLimit` fields.
const NAME: &str = "failed_auth";

type Config = GovernorConfig<AddressKey, NoOpMiddleware>;

/// Counts failed authentications by address. One for all workers: each would count for itself else.
#[derive(Clone)]
pub struct FailedAuthentication {
    config: Option<Config>,
}

impl FailedAuthentication {
    /// Counts against `quota`; without one, nothing is counted and every failure is 401.
    pub fn new(quota: Option<Quota>, trusted_proxies: Vec<IpNet>) -> Self {
        let config = quota.and_then(|quota| {
            let key = AddressKey {
                trusted_proxies: trusted_proxies.into(),
                quota,
            };
            GovernorConfigBuilder::default()
                .period(quota.interval())
                .burst_size(quota.requests.get())
                .key_extractor(key)
                .finish()
        });
        Self { config }
    }

    /// Forgets addresses that failed long ago. To be called from time to time.
    pub fn forget_idle(&self) {
        if let Some(config) = &self.config {
            let counters: Arc<RateLimiter<_, _, _, _>> = config.limiter();
            counters.retain_recent();
            counters.shrink_to_fit();
        }
    }

    /// The service that answers requests without a good token.
    pub async fn rejector(&self) -> Result<Rejector, ()> {
        let reject = Reject;
        match &self.config {
            None => Ok(Rejector(Box::new(move |request| {
                Box::pin(reject.call(request))
            }))),
            Some(config) => {
                let limited = Governor::new(config).new_transform(reject).await?;
                Ok(Rejector(Box::new(move |request| {
                    let answer = limited.call(request);
                    Box::pin(async move { Ok(with_refusal(answer.await?.map_into_boxed_body())) })
                })))
            }
        }
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

/// Answers requests without a good token.
pub struct Rejector(Box<dyn Fn(ServiceRequest) -> Answer>);

impl Rejector {
    /// Answers 401 and why, or 429.
    pub fn reject(&self, request: ServiceRequest, why: Unauthenticated) -> Answer {
        request.extensions_mut().insert(why);
        (self.0)(request)
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
        // Without a peer there is no telling clients apart; they are counted together.
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Ok(client_address::of(request, &self.trusted_proxies)
            .unwrap_or(unknown)
            .into())
    }

    fn exceed_rate_limit_response(
        &self,
        refused: &NotUntil<QuantaInstant>,
        _: HttpResponseBuilder,
    ) -> HttpResponse {
        let retry_after = refused.wait_time_from(DefaultClock::default().now());
        let mut response = HttpResponse::TooManyRequests().finish();
        response.extensions_mut().insert(Refusal {
            limit: NAME,
            quota: self.quota,
            retry_after,
        });
        response
    }
}
