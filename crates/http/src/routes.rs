//! Registering paths: each in both forms of its trailing slash, `HEAD` wherever there is `GET`, and 405
//! with `Allow` for every other method. And the list of all paths.

use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use crate::admission::Gate;
use crate::errors::ApiError;
use crate::{account_privacy, audit, email_contact, messaging_privacy, operations, preferences};

/// The canonical form of the path that was matched, for logs and metrics.
#[derive(Debug, Clone, Copy)]
pub struct RoutePath(pub &'static str);

/// A path and its methods.
pub struct Path {
    resource: Resource,
    methods: Vec<&'static str>,
}

impl Path {
    /// The path in its canonical form; the other form of its trailing slash answers the same.
    pub fn new(path: &'static str) -> Self {
        let other = path
            .strip_suffix('/')
            .map_or_else(|| format!("{path}/"), str::to_owned);
        let forms = if path == "/" {
            vec![path.to_owned()]
        } else {
            vec![path.to_owned(), other]
        };
        Self {
            resource: web::resource(forms).app_data(RoutePath(path)),
            methods: Vec::new(),
        }
    }

    /// Adds `GET`, and `HEAD`, which answers the same without the body.
    pub fn get(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(Method::GET, "GET", &route)
            .with(Method::HEAD, "HEAD", &route)
    }

    /// Adds `PUT`.
    pub fn put(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(Method::PUT, "PUT", &route)
    }

    /// Adds `PATCH`.
    pub fn patch(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(Method::PATCH, "PATCH", &route)
    }

    /// Adds `POST`.
    pub fn post(self, route: impl Fn(Route) -> Route) -> Self {
        self.with(Method::POST, "POST", &route)
    }

    fn with(mut self, method: Method, name: &'static str, route: &impl Fn(Route) -> Route) -> Self {
        self.methods.push(name);
        self.resource = self.resource.route(route(web::method(method)));
        self
    }

    /// The path, ready to be served.
    pub fn build(self) -> Resource {
        let allowed = self.methods.join(", ");
        let refuse = move || std::future::ready(refuse_method(allowed.clone()));
        self.resource.default_service(web::to(refuse))
    }
}

fn refuse_method(allowed: String) -> Result<&'static str, ApiError> {
    Err(ApiError::MethodNotAllowed(allowed))
}

/// Registers every path but Swagger UI's.
pub fn configure(config: &mut web::ServiceConfig, gate: &Gate) {
    config
        .service(email_contact::path(gate))
        .service(account_privacy::path(gate))
        .service(messaging_privacy::path(gate))
        .service(preferences::path(gate))
        .service(preferences::reset_path(gate))
        .service(preferences::schema_path(gate))
        .service(audit::path(gate))
        .configure(operations::configure);
}
