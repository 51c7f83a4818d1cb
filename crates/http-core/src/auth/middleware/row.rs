//! Loads the caller's row for the handler, and checks afterwards that the user exists if the row may be outdated.

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use privet_application::rate_limits::ConcurrencyPermit;
use privet_application::settings::{Loaded, Lookup};
use privet_application::{Caller, IdSource};
use privet_domain::{RequestId, UserId};

use super::{AuthServiceInner, Authenticated, UserRoute};
use crate::auth::identity::Identity;
use crate::errors::ApiError;
use crate::observability::observation::RequestContext;

impl<S, B> AuthServiceInner<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    /// The handler's answer, or the error of loading the caller's row.
    pub(super) async fn answer(
        &self,
        request: ServiceRequest,
        identity: Identity,
        route: UserRoute,
        permit: &mut Option<ConcurrencyPermit>,
    ) -> Result<Result<ServiceResponse, (ServiceRequest, ApiError)>, Error> {
        let (privet, user_id) = (&self.authenticator.privet, identity.user_id);
        let recent = route.changes_settings.then_some(user_id);
        let recent = recent.and_then(|user_id| privet.settings.recent(user_id));
        let may_be_old = recent.is_some();
        let loaded = match recent {
            Some(loaded) => Ok(loaded),
            None => self.load(user_id, permit).await,
        };
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => return Ok(Err((request, error))),
        };
        let caller = caller(&request, identity, privet.ids.as_ref());
        let authenticated = Authenticated::new(caller, loaded);
        request.extensions_mut().insert(authenticated);
        let response = self.call(request).await?;
        // A handler that refused the request has not used the store, so the user may have been erased.
        if may_be_old
            && response.status().is_client_error()
            && let Err(error) = self.load(user_id, permit).await
        {
            let (request, _) = response.into_parts();
            return Ok(Err((ServiceRequest::from_request(request), error)));
        }
        Ok(Ok(response))
    }

    /// The caller's row, and a permit if it must be read from the database.
    async fn load(
        &self,
        user_id: UserId,
        permit: &mut Option<ConcurrencyPermit>,
    ) -> Result<Loaded, ApiError> {
        let settings = &self.authenticator.privet.settings;
        match settings.look_up(user_id).await {
            Lookup::Found(loaded) => Ok(loaded),
            Lookup::Missing(missing) => {
                if permit.is_none() {
                    *permit = self.permit(user_id).await?;
                }
                Ok(settings.fetch(missing).await?)
            }
        }
    }
}

pub(super) fn caller(request: &ServiceRequest, identity: Identity, ids: &dyn IdSource) -> Caller {
    let extensions = request.extensions();
    let known = extensions
        .get::<RequestContext>()
        .map(|each| each.id.clone());
    let request_id = known.unwrap_or_else(|| RequestId::from_uuid(ids.new_id()));
    Caller {
        user_id: identity.user_id,
        scopes: identity.scopes,
        request_id,
    }
}
