//! Registering paths: each in both forms of its trailing slash, `HEAD` wherever there is `GET`, and 405
//! with `Allow` for every other method.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use crate::errors::ApiError;
use crate::observability::metrics::Route as ObservedRoute;
use crate::observability::observation::Unanswered;

/// A path and its methods.
#[must_use]
pub struct Path {
    // One for each form, since only a single pattern without parameters is matched without a regular
    // expression; with both forms in one resource, that took a sixth of a cached read.
    forms: Vec<Resource>,
    methods: Vec<&'static str>,
}

impl Path {
    /// The path in its canonical form; the other form of its trailing slash answers the same.
    pub fn new(path: &'static str) -> Self {
        let other = match path.strip_suffix('/') {
            Some("") => None,
            Some(without) => Some(without.to_owned()),
            None => Some(format!("{path}/")),
        };
        let forms = std::iter::once(path.to_owned()).chain(other);
        let observed = ObservedRoute::new(path);
        // It lets everything through: no other place is passed by each request that comes to this path.
        let form = |form| {
            let observed = observed.clone();
            let observe = move |context: &GuardContext<'_>| {
                Unanswered::take_route(context, &observed);
                true
            };
            web::resource(form).guard(fn_guard(observe))
        };
        Self {
            forms: forms.map(form).collect(),
            methods: Vec::new(),
        }
    }

    /// Adds `GET`, and `HEAD`, which answers the same without the body.
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

fn refuse_method(allowed: String) -> Result<&'static str, ApiError> {
    Err(ApiError::MethodNotAllowed(allowed))
}
