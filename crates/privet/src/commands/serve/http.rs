//! The HTTP servers: the API, and the metrics if they have a separate address.

use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::rt;
use anyhow::Context;
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_http::identity::TokenVerifier;
use privet_http::{HttpConfig, Metrics, PublicUrl};

use crate::configuration::Configuration;
use crate::telemetry::Spans;
use crate::telemetry::metrics::Registry;

use super::listeners::{Listener, Listeners};

/// The target of the log line with the listening address. Scripts wait for `privet::serve: listening`, whichever
/// module logs it.
const TARGET: &str = "privet::serve";

/// What the servers need.
pub struct Http<'a> {
    /// The configuration.
    pub configuration: &'a Configuration,
    /// The URL that clients use.
    pub public_url: String,
    /// The services.
    pub privet: Arc<Privet>,
    /// The verifier of tokens.
    pub verifier: Arc<TokenVerifier>,
    /// The metrics.
    pub registry: Registry,
    /// The receiver of spans, if any.
    pub spans: Option<&'a Spans>,
}

impl Http<'_> {
    /// Serves on these sockets. The result must be awaited; it ends when its handle stops it.
    pub fn start(self, listeners: Listeners) -> anyhow::Result<Server> {
        let registry = self.registry.clone();
        let metrics = Metrics::new(move || registry.render());
        let config = self.config(metrics.clone(), listeners.metrics.is_none());
        if let Some(listener) = listeners.metrics {
            serve_metrics(listener, &self.privet, &metrics)?;
        }
        let Listener { socket, address } = listeners.api;
        let server = privet_http::serve(socket, self.privet, self.verifier, config);
        let server = server.context("cannot start the HTTP server")?;
        // With port 0 only this line contains the port.
        tracing::info!(
            target: TARGET,
            { server.address = %address.ip(), server.port = address.port() },
            "listening"
        );
        Ok(server)
    }

    fn config(&self, metrics: Metrics, has_metrics: bool) -> HttpConfig {
        let server = &self.configuration.server;
        let limits = self.configuration.limits;
        HttpConfig {
            public_url: PublicUrl {
                url: self.public_url.clone(),
                is_configured: self.configuration.addresses.has_public_url(),
            },
            workers: server.workers,
            max_connections: server.max_connections,
            shutdown: server.shutdown,
            trusted_proxies: server.trusted_proxies.clone(),
            cors_origins: server.cors_origins.clone(),
            metrics,
            has_metrics,
            spans: self.spans.map(Spans::sink),
            failed_auth: limits.map(|limits| limits.quota(Limit::FailedAuthentication)),
            pages: self.configuration.pages.clone(),
        }
    }
}

/// Serves the metrics until the process ends, also during the shutdown of the API.
fn serve_metrics(
    Listener { socket, address }: Listener,
    privet: &Arc<Privet>,
    metrics: &Metrics,
) -> anyhow::Result<()> {
    let server = privet_http::serve_metrics(socket, Arc::clone(privet), metrics.clone());
    rt::spawn(server.context("cannot start the HTTP server of the metrics")?);
    tracing::info!(
        server.address = %address.ip(),
        server.port = address.port(),
        "metrics listening"
    );
    Ok(())
}
