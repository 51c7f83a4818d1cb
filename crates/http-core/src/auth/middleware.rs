//! The authentication middleware: it verifies the token, checks its scopes, counts a user's request and loads the
//! user's row. A token of an erased account fails like any other invalid token. For services nothing is read from
//! the store.

mod authenticated;
mod held_body;
mod rate_limiting;
mod row;
mod token_expiry;

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
use crate::response::changes_cursor;

use rate_limiting::add_rate_limit_of;

pub use authenticated::{Authenticated, AuthenticatedService};
pub use token_expiry::TokenExpiry;

/// Middleware for routes that require a token.
#[derive(Clone)]
pub struct Authenticator {
    /// The application.
    pub privet: Arc<Privet>,
    /// The kind of callers that are allowed.
    pub verifier: Arc<TokenVerifier>,
    /// The service that answers all other requests.
    pub failed: FailedAuthentication,
}

impl Authenticator {
    /// Allows users and counts their requests against the limit.
    #[must_use]
    pub fn user(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: false,
            changes_settings: false,
            refuses_services: false,
            is_stream: false,
        }))
    }

    /// The same for handlers that change settings and use the caller's row for nothing else: it may be outdated, and the
    /// user may have been erased.
    #[must_use]
    pub fn settings_change(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: false,
            changes_settings: true,
            refuses_services: false,
            is_stream: false,
        }))
    }

    /// Like `users`, for handlers that answer from the caller's row and use the database for nothing else.
    #[must_use]
    pub fn user_row(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: true,
            changes_settings: false,
            refuses_services: false,
            is_stream: false,
        }))
    }

    /// Like `user_row`, for handlers that answer with a stream.
    #[must_use]
    pub fn user_stream(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: true,
            changes_settings: false,
            refuses_services: false,
            is_stream: true,
        }))
    }

    /// Like `users`, but refuses tokens with a service scope.
    #[must_use]
    pub fn user_and_no_service(&self, limit: Limit) -> AuthMiddleware {
        self.middleware(Requirement::User(UserRoute {
            limit,
            asks_for_the_row_only: false,
            changes_settings: false,
            refuses_services: true,
            is_stream: false,
        }))
    }

    /// Allows services whose token has the scope. Their requests are not counted; requests without the scope count
    /// against the general limit.
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

/// What is checked after the token was verified.
#[derive(Debug, Clone, Copy)]
enum Requirement {
    /// The caller must be a user who is not erased and is within the limit.
    User(UserRoute),
    /// The token must have this scope.
    Service(Scope),
}

/// How requests of users to a route are handled.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent properties, each true or false"
)]
struct UserRoute {
    /// The limit that they count against.
    limit: Limit,
    /// Whether a request needs no database if the row is cached.
    asks_for_the_row_only: bool,
    /// Whether the handler changes settings, for which an outdated row is sufficient.
    changes_settings: bool,
    /// Whether a token with a service scope is refused.
    refuses_services: bool,
    /// Whether the answer is a stream that needs no permit to use the database.
    is_stream: bool,
}

/// The middleware of one route.
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

/// The service behind the middleware.
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
                        service.authorize_service(request, identity, scope).await
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
        identity: Identity,
        scope: Scope,
    ) -> Result<ServiceResponse, Error> {
        if !identity.scopes.contains(scope.as_str()) {
            let error = ApiError::MissingScope(scope.as_str());
            return Ok(self.forbid(request, identity.user_id, error).await);
        }
        TokenExpiry::new(&identity).insert(&request);
        let caller = row::caller(&request, identity, self.authenticator.privet.ids.as_ref());
        let authenticated = AuthenticatedService::new(caller);
        request.extensions_mut().insert(authenticated);
        if scope != Scope::Decide {
            return self.call(request).await;
        }
        // Before the decision is read: an older cursor than necessary is right, a newer one is not.
        let cursor = self.authenticator.privet.changes.cursor().await;
        let mut response = self.call(request).await?;
        if let Some(cursor) = cursor
            && response.status().is_success()
        {
            changes_cursor::add(response.headers_mut(), &cursor);
        }
        Ok(response)
    }

    async fn authorize_user(
        &self,
        request: ServiceRequest,
        identity: Identity,
        route: UserRoute,
    ) -> Result<ServiceResponse, Error> {
        let user_id = identity.user_id;
        TokenExpiry::new(&identity).insert(&request);
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
            // The answer names the limit; the remaining quota is not needed.
            Err((request, error @ ApiError::TooManyAtOnce)) => {
                return Ok(request.error_response(error));
            }
            Err((request, error)) => request.error_response(error),
        };
        add_rate_limit_of(&mut response, counted.as_ref());
        let held = permit.filter(|_| !route.is_stream);
        Ok(held_body::hold(response, held))
    }

    /// Refuses a token because of its scopes. Nothing is read; the request counts against the general limit.
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

/// The error for a service's token on a user path.
pub const NO_ACCOUNT: &str =
    "This token carries the scope of a service, which has no account to erase.";

async fn authenticate(
    request: &ServiceRequest,
    authenticator: &Authenticator,
) -> Result<Identity, Unauthenticated> {
    let mut fields = request.headers().get_all(header::AUTHORIZATION);
    let field = fields.next().ok_or(Unauthenticated::Missing)?;
    // There may be only one (RFC 9110, section 5.3): a proxy may have checked the other one.
    if fields.next().is_some() {
        return Err(Unauthenticated::Invalid);
    }
    // Accepts the same as `to_str`, because a field value has no control character except the tab. `to_str` compares one byte
    // after the other, which was a twentieth of a cached read's instructions.
    let text = str::from_utf8(field.as_bytes()).ok();
    let text = text.filter(|text| text.is_ascii());
    let text = text.ok_or(Unauthenticated::Invalid)?.trim();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let token = token.trim_start();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(Unauthenticated::Missing);
    }
    authenticator.verifier.verify_by_newest(token).await
}
