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

impl Path {
    /// The canonical form, and the other one if there is one.
    fn resources(self) -> impl Iterator<Item = Resource> {
        let allowed = self.methods.join(", ");
        self.forms.into_iter().map(move |form| {
            let allowed = allowed.clone();
            let refuse = move || std::future::ready(refuse_method(allowed.clone()));
            form.default_service(web::to(refuse))
        })
    }
}

impl HttpServiceFactory for Path {
    fn register(self, config: &mut AppService) {
        for resource in self.resources() {
            resource.register(config);
        }
    }
}

/// The place of a resource in the router. actix-web tries one resource after the other, and each with a parameter by a
/// regular expression, which took a third of an AuthZEN evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    has_parameters: bool,
    is_other_form: bool,
    is_called_rarely: bool,
}

fn authenticated(route: Route, caller: Caller, authenticator: &Authenticator) -> Route {
    match caller {
        Caller::Anyone => route,
        Caller::User(limit) => route.wrap(authenticator.user(limit)),
        Caller::UserRow(limit) => route.wrap(authenticator.user_row(limit)),
        Caller::SettingsChange(limit) => route.wrap(authenticator.settings_change(limit)),
        Caller::UserStream(limit) => route.wrap(authenticator.user_stream(limit)),
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
    let mut paths: Vec<(&str, Path, bool)> = Vec::new();
    for endpoint in endpoints {
        let path = endpoint.path.as_str();
        let known = paths.iter().position(|(known, ..)| *known == path);
        let new = || (path, Path::new(path), true);
        let (_, so_far, is_rare) = known.map_or_else(new, |place| paths.remove(place));
        let place = known.unwrap_or(paths.len());
        let is_rare = is_rare && !endpoint.caller.calls_often();
        let path = (path, so_far.serving(endpoint, authenticator), is_rare);
        paths.insert(place, path);
    }
    let mut resources: Vec<(Place, Resource)> = Vec::new();
    for (path, served, is_called_rarely) in paths {
        for (position, resource) in served.resources().enumerate() {
            let place = Place {
                has_parameters: path.contains('{'),
                is_other_form: position > 0,
                is_called_rarely,
            };
            resources.push((place, resource));
        }
    }
    resources.sort_by_key(|(place, _)| *place);
    for (_, resource) in resources {
        config.service(resource);
    }
}

fn refuse_method(allowed: String) -> Result<&'static str, ApiError> {
    Err(ApiError::MethodNotAllowed(allowed))
}
