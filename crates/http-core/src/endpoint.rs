//! Registers paths: with and without a slash at the end, `HEAD` for every `GET`, and 405 with `Allow` for other
//! methods.

mod declaration;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use utoipa::openapi::HttpMethod;

use crate::auth::middleware::Authenticator;
use crate::errors::ApiError;
use crate::observability::metrics::Route as ObservedRoute;
use crate::observability::observation::RequestContext;
use crate::request::body::BodyLimit;

pub use declaration::{Body, Caller, Description, Endpoint, Failure};

/// A path and its methods.
#[must_use]
pub struct Path {
    // Two resources, one for each form: actix-web matches only a resource with a single static pattern without a
    // regular expression. Both forms in one resource took a sixth of a cached read.
    forms: Vec<Resource>,
    methods: Vec<&'static str>,
}

impl Path {
    /// The path in its canonical form. The form with the other trailing slash works too.
    pub fn new(path: &'static str) -> Self {
        let other = match path.strip_suffix('/') {
            Some("") => None,
            Some(without) => Some(without.to_owned()),
            None => Some(format!("{path}/")),
        };
        let forms = std::iter::once(path.to_owned()).chain(other);
        let observed = ObservedRoute::new(path);
        // A guard that always matches: no other code runs for each request of this path.
        let form = |form| {
            let observed = observed.clone();
            let observe = move |context: &GuardContext<'_>| {
                RequestContext::take_route(context, &observed);
                true
            };
            web::resource(form).guard(fn_guard(observe))
        };
        Self {
            forms: forms.map(form).collect(),
            methods: Vec::new(),
        }
    }

    /// Adds `GET`, and `HEAD` without the body.
    pub fn get(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(&Method::GET, "GET", &route)
            .with(&Method::HEAD, "HEAD", &route)
    }

    /// Adds `PUT`.
    pub fn put(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(&Method::PUT, "PUT", &route)
    }

    /// Adds `PATCH`.
    pub fn patch(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(&Method::PATCH, "PATCH", &route)
    }

    /// Adds `POST`.
    pub fn post(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(&Method::POST, "POST", &route)
    }

    /// Adds `DELETE`.
    pub fn delete(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(&Method::DELETE, "DELETE", &route)
    }

    /// Adds the endpoint behind its authentication middleware. Without middleware only endpoints for anyone.
    fn serving(mut self, endpoint: &Endpoint, authenticator: Option<&Authenticator>) -> Self {
        let authentication = match (endpoint.caller, authenticator) {
            (Caller::Anyone, _) => None,
            (caller, Some(authenticator)) => Some((caller, authenticator)),
            (_, None) => return self,
        };
        if let Some(body) = endpoint.body {
            let limited = |form: Resource| form.app_data(BodyLimit(body.largest));
            self.forms = self.forms.into_iter().map(limited).collect();
        }
        let route = |route| {
            let route = (endpoint.handle)(route);
            match authentication {
                Some((caller, authenticator)) => authenticated(route, caller, authenticator),
                None => route,
            }
        };
        match endpoint.method {
            HttpMethod::Get => self.get(route),
            HttpMethod::Put => self.put(route),
            HttpMethod::Patch => self.patch(route),
            HttpMethod::Post => self.post(route),
            HttpMethod::Delete => self.delete(route),
            _ => self,
        }
    }

    fn with(
        mut self,
        method: &Method,
        name: &'static str,
        route: &impl Fn(Route) -> Route,
    ) -> Self {
        self.methods.push(name);
        let forms = self.forms.into_iter();
        self.forms = forms
            .map(|form| form.route(route(web::method(method.clone()))))
            .collect();
        self
    }
}

impl HttpServiceFactory for Path {
    fn register(self, config: &mut AppService) {
        let allowed = self.methods.join(", ");
        for form in self.forms {
            let allowed = allowed.clone();
            let refuse = move || std::future::ready(refuse_method(allowed.clone()));
            form.default_service(web::to(refuse)).register(config);
        }
    }
}

fn authenticated(route: Route, caller: Caller, authenticator: &Authenticator) -> Route {
    match caller {
        Caller::Anyone => route,
        Caller::User(limit) => route.wrap(authenticator.user(limit)),
        Caller::UserRow(limit) => route.wrap(authenticator.user_row(limit)),
        Caller::SettingsChange(limit) => route.wrap(authenticator.settings_change(limit)),
        Caller::UserAndNoService(limit) => route.wrap(authenticator.user_and_no_service(limit)),
        Caller::Service(scope) => route.wrap(authenticator.service(scope)),
    }
}

/// Registers the endpoints, grouped by path. Without middleware only endpoints for anyone.
pub fn register(
    config: &mut web::ServiceConfig,
    endpoints: impl IntoIterator<Item = &'static Endpoint>,
    authenticator: Option<&Authenticator>,
) {
    let mut paths: Vec<(&str, Path)> = Vec::new();
    for endpoint in endpoints {
        let path = endpoint.path.as_str();
        let known = paths.iter().position(|(known, _)| *known == path);
        let so_far = known.map_or_else(|| Path::new(path), |place| paths.remove(place).1);
        let place = known.unwrap_or(paths.len());
        paths.insert(place, (path, so_far.serving(endpoint, authenticator)));
    }
    for (_, path) in paths {
        config.service(path);
    }
}

fn refuse_method(allowed: String) -> Result<&'static str, ApiError> {
    Err(ApiError::MethodNotAllowed(allowed))
}
