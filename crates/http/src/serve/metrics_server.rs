//! The metrics on an address of their own, with the health of the service and nothing else.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use privet_application::Privet;
use privet_http_core::observability::metrics::Metrics;
use privet_http_core::observability::observation::{Observer, nothing_here, observe};

use crate::features::operations::{configure_health, metrics_path};

/// Starts to serve the metrics and the health paths on `listener`. One worker is enough for whoever asks every few seconds, and
/// is there however busy those of the service itself are. Leaves signals to the caller.
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
            .service(metrics_path())
            .configure(configure_health)
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
