//! What every request with a token passes before its handler: the token is verified, its scopes are checked, and
//! a user's request is counted and their row loaded. An erased account gets no further: it fails authentication
//! like any other bad token. Of a service nothing is read: it is no user.

mod authenticated;
mod held_body;
mod rate_limiting;
mod row;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header;
use actix_web::{Error, HttpMessage};
use futures_util::future::LocalBoxFuture;
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::UserId;

use crate::auth::failed_authentication::{FailedAuthentication, Rejector};
use crate::auth::identity::{Identity, TokenVerifier};
use crate::auth::scopes::{self, Scope};
use crate::errors::{ApiError, Unauthenticated};

use rate_limiting::add_rate_limit_of;

pub use authenticated::{Authenticated, AuthenticatedService};

/// What the middleware of every route needs. Makes the [`AuthMiddleware`] of a route that asks for a token.
#[derive(Clone)]
pub struct Authenticator {
    /// The application.
    pub privet: Arc<Privet>,
    /// Verifies tokens.
    pub verifier: Arc<TokenVerifier>,
    /// Rejects requests that fail authentication, and counts them.
    pub failed: FailedAuthentication,
}

impl Authenticator {
    /// The middleware for users, whose requests count against the limit.
    #[must_use]
    pub fn user(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: false,
            changes_settings: false,
            refuses_services: false,
        }))
    }

    /// The same for handlers that change settings and use the caller's row for nothing else: it may be out of date, and
    /// the user may have been erased.
    #[must_use]
    pub fn settings_change(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: false,
            changes_settings: true,
            refuses_services: false,
        }))
    }

    /// The same for handlers that answer from the caller's row and ask the database for nothing else.
    #[must_use]
    pub fn user_row(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: true,
            changes_settings: false,
            refuses_services: false,
        }))
    }

    /// The same as for users, but for tokens that carry a service's scope.
    #[must_use]
    pub fn user_and_no_service(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: false,
            changes_settings: false,
            refuses_services: true,
        }))
    }

    /// The middleware for services whose token carries the scope. Their requests are not counted; a request without
    /// the scope counts against the general limit.
    #[must_use]
    pub fn service(&self, scope: Scope) -> AuthMiddleware {
        self.middleware(Requirement::Service(scope))
    }

    fn middleware(&self, requirement: Requirement) -> AuthMiddleware {
        AuthMiddleware {
            authenticator: self.clone(),
            requirement,
        }
    }
}

/// What else is asked of somebody with a good token.
#[derive(Debug, Clone, Copy)]
enum Requirement {
    /// That they are a user who is not erased and has not asked too often.
    User(UserRoute),
    /// That their token carries this scope.
    Service(Scope),
}

/// How requests of users to a route are treated.
#[derive(Debug, Clone, Copy)]
struct UserRoute {
    /// What they count against.
    limit: Limit,
    /// Whether a request whose row is cached asks the database for nothing.
    asks_for_the_row_only: bool,
    /// Whether the store checks in any case that the caller's row is the latest.
    changes_settings: bool,
    /// Whether a token that carries a service's scope is refused.
    refuses_services: bool,
}

/// The middleware in front of one route.
pub struct AuthMiddleware {
    authenticator: Authenticator,
    requirement: Requirement,
}

impl<S, B> Transform<S, ServiceRequest> for AuthMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = AuthService<S>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<AuthService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let (authenticator, requirement) = (self.authenticator.clone(), self.requirement);
        Box::pin(async move {
            let rejector = authenticator.failed.rejector().await?;
            Ok(AuthService(Rc::new(AuthServiceInner {
                authenticator,
                requirement,
                rejector,
                inner,
            })))
        })
    }
}

/// The handlers of one route behind its middleware.
pub struct AuthService<S>(Rc<AuthServiceInner<S>>);

struct AuthServiceInner<S> {
    authenticator: Authenticator,
    requirement: Requirement,
    rejector: Rejector,
    inner: S,
}

impl<S, B> Service<ServiceRequest> for AuthService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(
        &self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Error>> {
        self.0.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let service = Rc::clone(&self.0);
        Box::pin(async move {
            match authenticate(&request, &service.authenticator).await {
                Ok(identity) => match service.requirement {
                    Requirement::User(route) => {
                        service.authorize_user(request, identity, route).await
                    }
                    Requirement::Service(scope) => {
                        service.authorize_service(request, &identity, scope).await
                    }
                },
                Err(why) => service.rejector.reject(request, why).await,
            }
        })
    }
}

impl<S, B> AuthServiceInner<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    async fn authorize_service(
        &self,
        request: ServiceRequest,
        identity: &Identity,
        scope: Scope,
    ) -> Result<ServiceResponse, Error> {
        if !identity.scopes.contains(scope.as_str()) {
            let error = ApiError::MissingScope(scope.as_str());
            return Ok(self.forbid(request, identity.user_id, error).await);
        }
        request.extensions_mut().insert(AuthenticatedService::new());
        self.call(request).await
    }

    async fn authorize_user(
        &self,
        request: ServiceRequest,
        identity: Identity,
        route: UserRoute,
    ) -> Result<ServiceResponse, Error> {
        let user_id = identity.user_id;
        if route.refuses_services && scopes::is_service(&identity.scopes) {
            let error = ApiError::Forbidden(NO_ACCOUNT);
            return Ok(self.forbid(request, user_id, error).await);
        }
        let now = Instant::now();
        if self.authenticator.failed.erased.knows(user_id, now) {
            return self.rejector.reject(request, Unauthenticated::Erased).await;
        }
        let (counted, mut permit) = match self.count_and_permit(user_id, route).await {
            Ok(both) => both,
            Err(error) => return Ok(request.error_response(error)),
        };
        let mut response = match self.answer(request, identity, route, &mut permit).await? {
            Ok(response) => response,
            Err((request, ApiError::Unauthenticated(why))) => {
                self.authenticator.failed.erased.remember(user_id, now);
                return self.rejector.reject(request, why).await;
            }
            // It says what was reached; what is left of the quota does not matter.
            Err((request, error @ ApiError::TooManyAtOnce)) => {
                return Ok(request.error_response(error));
            }
            Err((request, error)) => request.error_response(error),
        };
        add_rate_limit_of(&mut response, counted.as_ref());
        Ok(held_body::hold(response, permit))
    }

    /// Refuses a token for what it carries. Nothing is read for it; it counts against the general limit.
    async fn forbid(
        &self,
        request: ServiceRequest,
        user_id: UserId,
        error: ApiError,
    ) -> ServiceResponse {
        match self.count(user_id, Limit::General).await {
            Ok(counted) => {
                let mut response = request.error_response(error);
                add_rate_limit_of(&mut response, counted.as_ref());
                response
            }
            Err(refusal) => request.error_response(ApiError::RateLimited(refusal)),
        }
    }

    async fn call(&self, request: ServiceRequest) -> Result<ServiceResponse, Error> {
        Ok(self.inner.call(request).await?.map_into_boxed_body())
    }
}

/// Why a service's token is refused where only a user's is taken.
pub const NO_ACCOUNT: &str =
    "This token carries the scope of a service, which has no account to erase.";

async fn authenticate(
    request: &ServiceRequest,
    authenticator: &Authenticator,
) -> Result<Identity, Unauthenticated> {
    let mut fields = request.headers().get_all(header::AUTHORIZATION);
    let field = fields.next().ok_or(Unauthenticated::Missing)?;
    // There may be one (RFC 9110, section 5.3). Whoever stands in front may have looked at the other.
    if fields.next().is_some() {
        return Err(Unauthenticated::Invalid);
    }
    let text = field.to_str().map_err(|_| Unauthenticated::Invalid)?.trim();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let token = token.trim_start();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(Unauthenticated::Missing);
    }
    authenticator.verifier.verify_by_newest(token).await
}
