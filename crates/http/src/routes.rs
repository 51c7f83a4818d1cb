//! Registering paths: each in both forms of its trailing slash, `HEAD` wherever there is `GET`, and 405
//! with `Allow` for every other method. And the list of all paths.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use crate::admission::Gate;
use crate::errors::ApiError;
use crate::follows::{lists, requests};
use crate::metrics::Route as ObservedRoute;
use crate::observation::Unanswered;
use crate::{
    account_privacy, audit, authzen, blocks, contacts, decisions, email_contact, enforcement,
    erasure, export, follows, messaging_privacy, operations, preferences, swagger_ui,
};

/// A path and its methods.
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

/// Registers every path; that of the metrics where they have no address of their own.
pub fn configure(config: &mut web::ServiceConfig, gate: &Gate, has_metrics: bool) {
    config
        .service(email_contact::path(gate))
        .service(account_privacy::path(gate))
        .service(messaging_privacy::path(gate))
        .service(preferences::path(gate))
        .service(preferences::reset_path(gate))
        .service(preferences::schema_path(gate))
        .service(audit::path(gate))
        .service(contacts::list_path(gate))
        .service(contacts::path(gate))
        .service(blocks::list_path(gate))
        .service(blocks::path(gate))
        .configure(|config| configure_follows(config, gate))
        .service(decisions::access_path(gate))
        .service(export::path(gate))
        .service(erasure::own_path(gate))
        .configure(|config| configure_services(config, gate))
        .configure(|config| operations::configure(config, has_metrics))
        .configure(swagger_ui::configure);
}

fn configure_follows(config: &mut web::ServiceConfig, gate: &Gate) {
    config
        .service(follows::check_path(gate))
        .service(lists::followers_path(gate))
        .service(lists::following_path(gate))
        .service(lists::stats_path(gate))
        .service(requests::pending_path(gate))
        .service(requests::accept_path(gate))
        .service(requests::decline_path(gate))
        .service(follows::path(gate));
}

/// Paths for the product's other services.
fn configure_services(config: &mut web::ServiceConfig, gate: &Gate) {
    config
        .service(decisions::path(gate))
        .service(enforcement::profile_path(gate))
        .service(enforcement::group_additions_path(gate))
        .service(enforcement::messages::receipts_path(gate))
        .service(enforcement::messages::typing_path(gate))
        .service(enforcement::messages::message_expiry_path(gate))
        .service(authzen::evaluation_path(gate))
        .service(authzen::batch::path(gate))
        .service(authzen::search_action_path(gate))
        .service(authzen::configuration_path())
        .service(erasure::path(gate));
}
