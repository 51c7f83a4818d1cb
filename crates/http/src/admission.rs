//! What every request with a token passes before its handler: the token is verified, the request counted
//! or its scope checked, and the caller's row loaded. An erased account gets no further: it fails authentication
//! like any other bad token.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use privet_application::rate_limits::{Limit, Verdict};
use privet_application::settings::Loaded;
use privet_application::{Caller, IdSource, LoadError, Privet};
use privet_domain::{RequestId, UserId};

use crate::errors::{ApiError, Refusal, Unauthenticated};
use crate::failed_authentication::{FailedAuthentication, Rejector};
use crate::identity::{Identity, TokenVerifier};
use crate::observation::Unanswered;
use crate::rate_limits::add_verdict;

/// Guards routes that ask for a token.
#[derive(Clone)]
pub struct Gate {
    /// The application.
    pub privet: Arc<Privet>,
    /// Who may come in.
    pub verifier: Arc<TokenVerifier>,
    /// What happens to the others.
    pub failed: FailedAuthentication,
}

impl Gate {
    /// Lets users through, and counts them against the limit.
    pub fn user(&self, limit: Limit) -> GateKeeper {
        self.keeper(Requirement::Turn(limit))
    }

    /// Lets services through whose token carries the scope. Nobody is counted, with the scope or without it.
    pub fn service(&self, scope: &'static str) -> GateKeeper {
        self.keeper(Requirement::Scope(scope))
    }

    fn keeper(&self, requirement: Requirement) -> GateKeeper {
        GateKeeper {
            gate: self.clone(),
            requirement,
        }
    }
}

/// What else is asked of somebody with a good token.
#[derive(Debug, Clone, Copy)]
enum Requirement {
    /// That it is their turn.
    Turn(Limit),
    /// That their token carries this scope.
    Scope(&'static str),
}

/// The middleware in front of one route.
pub struct GateKeeper {
    gate: Gate,
    requirement: Requirement,
}

impl<S, B> Transform<S, ServiceRequest> for GateKeeper
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = GatedService<S>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<GatedService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let (gate, requirement) = (self.gate.clone(), self.requirement);
        Box::pin(async move {
            let rejector = gate.failed.rejector().await?;
            Ok(GatedService(Rc::new(Gated {
                gate,
                requirement,
                rejector,
                inner,
            })))
        })
    }
}

/// A service behind the gate.
pub struct GatedService<S>(Rc<Gated<S>>);

struct Gated<S> {
    gate: Gate,
    requirement: Requirement,
    rejector: Rejector,
    inner: S,
}

impl<S, B> Service<ServiceRequest> for GatedService<S>
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
        let gated = Rc::clone(&self.0);
        Box::pin(async move {
            match authenticate(&request, &gated.gate).await {
                Ok(identity) => gated.admit(request, identity).await,
                Err(why) => gated.rejector.reject(request, why).await,
            }
        })
    }
}

impl<S, B> Gated<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    async fn admit(
        &self,
        request: ServiceRequest,
        identity: Identity,
    ) -> Result<ServiceResponse, Error> {
        let turn = match self.turn(identity.user_id).await {
            Ok(turn) => turn,
            Err(refusal) => return Ok(request.error_response(ApiError::RateLimited(refusal))),
        };
        let mut response = match self.gate.privet.settings.load(identity.user_id).await {
            Ok(loaded) => self.let_in(request, identity, loaded).await?,
            Err(LoadError::Erased) => {
                self.gate.failed.erased.remember(identity.user_id);
                let why = Unauthenticated::Erased;
                return self.rejector.reject(request, why).await;
            }
            Err(LoadError::Store(error)) => request.error_response(ApiError::from(error)),
        };
        if let Some((limit, verdict)) = turn {
            add_verdict(response.headers_mut(), limit, &verdict);
        }
        Ok(response)
    }

    /// What is left of the user's quota, where anything is counted, unless it is not their turn.
    async fn turn(&self, user_id: UserId) -> Result<Option<(Limit, Verdict)>, Refusal> {
        let (Requirement::Turn(limit), Some(limits)) =
            (self.requirement, &self.gate.privet.rate_limits)
        else {
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

    async fn let_in(
        &self,
        request: ServiceRequest,
        identity: Identity,
        loaded: Loaded,
    ) -> Result<ServiceResponse, Error> {
        if let Requirement::Scope(scope) = self.requirement
            && !identity.scopes.contains(scope)
        {
            return Ok(request.error_response(ApiError::MissingScope(scope)));
        }
        let caller = caller(&request, identity, self.gate.privet.ids.as_ref());
        request
            .extensions_mut()
            .insert(Admission(Rc::new(Admitted { caller, loaded })));
        Ok(self.inner.call(request).await?.map_into_boxed_body())
    }
}

fn caller(request: &ServiceRequest, identity: Identity, ids: &dyn IdSource) -> Caller {
    let extensions = request.extensions();
    let known = extensions.get::<Unanswered>().map(|each| each.id.clone());
    let request_id = known.unwrap_or_else(|| RequestId::from_uuid(ids.new_id()));
    Caller {
        user_id: identity.user_id,
        scopes: identity.scopes,
        request_id,
    }
}

async fn authenticate(request: &ServiceRequest, gate: &Gate) -> Result<Identity, Unauthenticated> {
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
    let identity = gate.verifier.verify_by_newest(token).await?;
    if gate.failed.erased.knows(identity.user_id) {
        return Err(Unauthenticated::Erased);
    }
    Ok(identity)
}

/// The caller, and their row as it stood when the request was let in. Handlers that take it can be
/// reached through the gate only.
#[derive(Clone)]
pub struct Admission(Rc<Admitted>);

/// What is known of an admitted request.
pub struct Admitted {
    /// Who asks.
    pub caller: Caller,
    /// Their row.
    pub loaded: Loaded,
}

impl Deref for Admission {
    type Target = Admitted;

    fn deref(&self) -> &Admitted {
        &self.0
    }
}

impl FromRequest for Admission {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Behind no gate there is no admission: a route that forgot its gate answers nobody.
        let admission = request.extensions().get::<Self>().cloned();
        ready(admission.ok_or(ApiError::Unauthenticated(Unauthenticated::Missing)))
    }
}
