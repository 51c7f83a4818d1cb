//! The server of metrics and health checks on a separate address.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use privet_application::Privet;
use privet_http_core::endpoint;
use privet_http_core::observability::metrics::Metrics;
use privet_http_core::observability::observation::{Observer, nothing_here, observe};

use crate::routes;

/// Starts to serve the metrics and the health checks on `listener`, with one worker, which does not depend on the
/// load of the service's own workers. The caller handles signals.
pub fn serve_metrics(
    listener: TcpListener,
    privet: Arc<Privet>,
    metrics: Metrics,
) -> std::io::Result<Server> {
    let shared = web::Data::new(metrics);
    let for_health = web::Data::from(Arc::clone(&privet));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(for_health.clone())
            .app_data(Observer::new(Arc::clone(&privet), &shared, None))
            .configure(|services| {
                endpoint::register(services, routes::of_metrics_server(), None);
            })
            .default_service(web::to(nothing_here))
            .wrap(from_fn(observe))
    });
    Ok(server
        .workers(1)
        .shutdown_timeout(0)
        .disable_signals()
        .listen(listener)?
        .run())
}
