//! Refuses requests without a valid token: 401, and 429 above a limit for each address. Valid tokens from the same
//! address are not affected.
//!
//! Every process has a governor. If replicas count together, their count is checked before it. The governor then
//! has the counts of this process, and is used alone if Redis fails.

use std::future::{Ready, ready};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

use crate::auth::erased_users::ErasedUsers;
use crate::errors::{ApiError, Unauthenticated};
use crate::request::client_address;
use crate::response::rate_limits::Refusal;

type Config = GovernorConfig<AddressKey, NoOpMiddleware>;

/// The number of networks with a separate counter. A counter takes about 60 bytes.
const MOST_NETWORKS: usize = 262_144;
/// The number of groups for networks without a separate counter. An attacker with a large address block thus
/// cannot fill the memory, and is answered 429 sooner.
const GROUPS: u64 = 65_536;

/// Counts failed authentication by address. All workers share it.
#[derive(Clone)]
pub struct FailedAuthentication {
    privet: Arc<Privet>,
    trusted_proxies: Arc<[IpNet]>,
    guard: Option<Config>,
    warned_of_strangers: Arc<AtomicBool>,
    /// Records failures in metrics and log.
    pub erased: Arc<ErasedUsers>,
}

impl FailedAuthentication {
    /// Counts against `quota`. Without a quota nothing is counted, and every failure is 401.
    pub fn new(privet: Arc<Privet>, quota: Option<Quota>, trusted_proxies: Vec<IpNet>) -> Self {
        let trusted_proxies: Arc<[IpNet]> = trusted_proxies.into();
        let guard = quota.and_then(|quota| {
            guard(AddressKey {
                trusted_proxies: Arc::clone(&trusted_proxies),
                quota,
                hasher: RandomState::new(),
            })
        });
        Self {
            privet,
            trusted_proxies,
            guard,
            warned_of_strangers: Arc::default(),
            erased: Arc::new(ErasedUsers::new()),
        }
    }

    /// Removes counters of addresses without recent failures. To be called regularly.
    pub fn forget_idle(&self) {
        if let Some(guard) = &self.guard {
            let counters: Arc<RateLimiter<_, _, _, _>> = guard.limiter();
            counters.retain_recent();
            counters.shrink_to_fit();
        }
    }

    /// The service that answers requests without a valid token.
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

    /// Logs a warning once about a peer that may be a proxy missing from the configuration.
    fn warn_of_strangers(&self, request: &ServiceRequest) {
        let Some(peer) = request.peer_addr() else {
            return;
        };
        if client_address::is_forwarded_by_a_stranger(request, &self.trusted_proxies)
            && !self.warned_of_strangers.swap(true, Ordering::Relaxed)
        {
            let peer = peer.ip().to_canonical();
            tracing::warn!(%peer, "X-Forwarded-For comes from a peer that is not a trusted proxy");
        }
    }

    /// The refusal by the shared count, if any.
    async fn refusal_by_replicas(&self, request: &ServiceRequest) -> Option<Refusal> {
        let limits = self.privet.rate_limits.as_ref()?;
        let network = client_address::network_of(request, &self.trusted_proxies);
        let outcome = limits.count_failure(network).await?;
        Some(Refusal {
            limit: Limit::FailedAuthentication,
            quota: outcome.quota,
            retry_after: outcome.retry_after?,
        })
    }
}

fn guard(key: AddressKey) -> Option<Config> {
    GovernorConfigBuilder::default()
        .period(key.quota.interval())
        .burst_size(key.quota.requests.get())
        .key_extractor(key)
        .finish()
}

/// Whether there is no room for another network's counter.
fn is_full(guard: &Config) -> bool {
    let counters: Arc<RateLimiter<_, _, _, _>> = guard.limiter();
    counters.len() >= MOST_NETWORKS
}

/// The governor passes on a response but not its error, so the error is passed beside it.
fn with_refusal(answer: ServiceResponse) -> ServiceResponse {
    let refusal = answer.response().extensions().get::<Refusal>().copied();
    match refusal {
        Some(refusal) => answer.error_response(ApiError::RateLimited(refusal)),
        None => answer,
    }
}

type Answer = LocalBoxFuture<'static, Result<ServiceResponse<BoxBody>, Error>>;

/// Answers every request with an error, behind the governor of this process.
type Guarded = Box<dyn Fn(ServiceRequest) -> Answer>;

/// Answers requests without a valid token.
pub struct Rejector {
    failed: FailedAuthentication,
    guarded: Guarded,
}

impl Rejector {
    /// Answers 401 with the reason, or 429.
    pub async fn reject(
        &self,
        request: ServiceRequest,
        why: Unauthenticated,
    ) -> Result<ServiceResponse, Error> {
        request.extensions_mut().insert(why);
        self.failed.warn_of_strangers(&request);
        if let Some(refusal) = self.failed.refusal_by_replicas(&request).await {
            return Ok(request.error_response(ApiError::RateLimited(refusal)));
        }
        if self.failed.guard.as_ref().is_some_and(is_full) {
            request.extensions_mut().insert(Crowded);
        }
        (self.guarded)(request).await
    }
}

/// Answers every request with the 401 in its extensions.
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

/// Stored in a request's extensions if its network shares a counter with others.
struct Crowded;

/// The key of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    Network(ClientNetwork),
    Group(u64),
}

#[derive(Clone)]
struct AddressKey {
    trusted_proxies: Arc<[IpNet]>,
    quota: Quota,
    hasher: RandomState,
}

impl KeyExtractor for AddressKey {
    type Key = Counted;
    type KeyExtractionError = ApiError;

    fn extract(&self, request: &ServiceRequest) -> Result<Counted, ApiError> {
        let network = client_address::network_of(request, &self.trusted_proxies);
        let is_crowded = request.extensions().contains::<Crowded>();
        Ok(if is_crowded {
            Counted::Group(self.hasher.hash_one(network) % GROUPS)
        } else {
            Counted::Network(network)
        })
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::{IpAddr, Ipv6Addr};

    use actix_web::test::TestRequest;

    use super::*;

    fn key() -> AddressKey {
        AddressKey {
            trusted_proxies: Arc::default(),
            quota: Quota::per_minute(60),
            hasher: RandomState::new(),
        }
    }

    /// The network with this number, of an attacker who has more networks than there are counters.
    fn address(number: usize) -> IpAddr {
        let network = (0x2001_0db8_u128 << 96) | ((number as u128) << 64);
        Ipv6Addr::from_bits(network).into()
    }

    fn extract(key: &AddressKey, number: usize, is_crowded: bool) -> Counted {
        let peer = (address(number), 1_234).into();
        let request = TestRequest::default().peer_addr(peer).to_srv_request();
        if is_crowded {
            request.extensions_mut().insert(Crowded);
        }
        key.extract(&request).unwrap()
    }

    #[test]
    fn there_is_room_for_a_bounded_number_of_networks() {
        let guard = guard(key()).unwrap();
        let counters: Arc<RateLimiter<_, _, _, _>> = guard.limiter();
        for number in 0..MOST_NETWORKS {
            assert!(
                !number.is_multiple_of(4_096) || !is_full(&guard),
                "{number}"
            );
            let network = Counted::Network(address(number).into());
            counters.check_key(&network).unwrap();
        }
        assert!(is_full(&guard));
    }

    #[test]
    fn networks_that_there_is_no_room_for_are_counted_in_groups() {
        let key = key();
        let groups: HashSet<Counted> = (0..100_000)
            .map(|number| extract(&key, number, true))
            .collect();
        let most = usize::try_from(GROUPS).unwrap();
        assert!(
            (most / 2..=most).contains(&groups.len()),
            "{}",
            groups.len()
        );
        assert_eq!(extract(&key, 7, true), extract(&key, 7, true));
    }

    #[test]
    fn a_network_is_counted_alone_while_there_is_room() {
        let network = Counted::Network(address(7).into());
        assert_eq!(extract(&key(), 7, false), network);
    }
}
