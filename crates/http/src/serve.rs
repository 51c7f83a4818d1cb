//! Builds and starts the HTTP server.

pub mod metrics_server;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_server::{Server, ServerBuilder};
use actix_web::middleware::{Condition, from_fn};
use actix_web::{App, web};
use ipnet::IpNet;
use privet_application::Privet;
use privet_application::rate_limits::Quota;
use privet_domain::catalogue::Catalogue;
use privet_http_core::PublicUrl;
use privet_http_core::auth::failed_authentication::FailedAuthentication;
use privet_http_core::auth::identity::TokenVerifier;
use privet_http_core::auth::middleware::Authenticator;
use privet_http_core::endpoint;
use privet_http_core::observability::metrics::Metrics;
use privet_http_core::observability::observation;
use privet_http_core::observability::observation::{FailureLog, Observer, SpanSink};
use privet_http_core::request::parameters::refuse_query;
use privet_http_core::response::answer_headers;
use privet_http_core::server::Shutdown;
use privet_http_core::server::{cross_origin, listen};
use serde_json::Value;

use crate::openapi;
use crate::openapi::text::OpenApiText;
use crate::pages;
use crate::pages::people::{PagesConfig, PeoplePages};
use crate::routes;

/// The interval at which unused rate limit counters are removed.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// The options of the server.
#[derive(Clone)]
pub struct HttpConfig {
    /// The URL that clients use.
    pub public_url: PublicUrl,
    /// The number of worker threads.
    pub workers: usize,
    /// The maximum number of open connections, rounded up to a multiple of the workers. Further ones wait to be
    /// accepted.
    pub max_connections: usize,
    /// The time that requests in progress have when the server stops.
    pub shutdown: Duration,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may send requests.
    pub cors_origins: Vec<String>,
    /// The metrics.
    pub metrics: Metrics,
    /// Whether the metrics are served here, or only on a separate address.
    pub has_metrics: bool,
    /// The receiver of answered requests, besides log and metrics.
    pub spans: Option<Arc<dyn SpanSink>>,
    /// The limit of failed authentication for each client address; `None` for no limit.
    pub failed_auth: Option<Quota>,
    /// The pages for people; `None` if they are not served.
    pub pages: Option<PagesConfig>,
}

/// Starts the server on `listener`. The caller handles signals and stops the server by its handle. Must be called
/// within a tokio runtime.
pub fn serve(
    listener: TcpListener,
    privet: Arc<Privet>,
    verifier: Arc<TokenVerifier>,
    config: HttpConfig,
) -> std::io::Result<Server> {
    let (quota, proxies) = (config.failed_auth, config.trusted_proxies);
    let failed = FailedAuthentication::new(Arc::clone(&privet), quota, proxies);
    let authenticator = Authenticator {
        privet: Arc::clone(&privet),
        verifier,
        failed: failed.clone(),
    };
    let (metrics, spans) = (web::Data::new(config.metrics), config.spans);
    let endpoints = routes::endpoints(config.has_metrics);
    let catalogue = privet.catalogue.get();
    let document = OpenApiText::new(&config.public_url.url, endpoints, catalogue)?;
    let document = web::Data::new(document);
    let public_url = web::Data::new(config.public_url);
    let people = config.pages.map(|pages| PeoplePages::new(&pages));
    let people = people.map(web::Data::new);
    let origins = config.cors_origins;
    let builder = ServerBuilder::new()
        .workers(config.workers)
        .max_concurrent_connections(config.max_connections.div_ceil(config.workers.max(1)))
        .shutdown_timeout(config.shutdown.as_secs())
        .disable_signals();
    tokio::spawn(forget_idle(failed));
    let failures = Arc::new(FailureLog::default());
    let shutdown = Shutdown::new(builder.graceful_shutdown_signal(), config.shutdown);
    let stopping = shutdown.clone();
    let app = move || {
        App::new()
            .app_data(web::Data::from(Arc::clone(&privet)))
            .app_data(metrics.clone())
            .app_data(Observer::sharing(
                Arc::clone(&privet),
                &metrics,
                spans.clone(),
                Arc::clone(&failures),
                Some(shutdown.clone()),
            ))
            .app_data(shutdown.clone())
            .app_data(document.clone())
            .app_data(public_url.clone())
            .app_data(
                web::QueryConfig::default()
                    .error_handler(|error, request| refuse_query(&error, request).into()),
            )
            .configure(|services| endpoint::register(services, endpoints, Some(&authenticator)))
            .configure(|services| pages::configure(services, people.as_ref()))
            .default_service(web::to(observation::nothing_here))
            .wrap(Condition::new(
                !origins.is_empty(),
                cross_origin::allow(&origins),
            ))
            .wrap(from_fn(observation::observe))
            .wrap(answer_headers::on_every_answer())
    };
    Ok(listen(builder, listener, stopping, app)?.run())
}

async fn forget_idle(failed: FailedAuthentication) {
    let mut ticks = tokio::time::interval(FORGET_EVERY);
    loop {
        ticks.tick().await;
        failed.forget_idle();
    }
}

/// The OpenAPI document for this `public_url` and catalogue. It includes the metrics unless they have a separate
/// address.
pub fn openapi_document(
    public_url: &str,
    has_metrics: bool,
    catalogue: &Catalogue,
) -> serde_json::Result<Value> {
    openapi::document(routes::endpoints(has_metrics), public_url, catalogue)
}
