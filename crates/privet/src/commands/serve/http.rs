//! The HTTP servers: that of the API, and that of the metrics where they have an address of their own.

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

/// The target of the line that says where Privet listens. Scripts wait for `privet::serve: listening`, whatever
/// module logs it.
const TARGET: &str = "privet::serve";

/// What the servers are made of.
pub struct Http<'a> {
    /// What is configured.
    pub configuration: &'a Configuration,
    /// What clients reach the API by.
    pub public_url: String,
    /// The use cases.
    pub privet: Arc<Privet>,
    /// What verifies tokens.
    pub verifier: Arc<TokenVerifier>,
    /// What is counted.
    pub registry: Registry,
    /// Where spans go, if anywhere.
    pub spans: Option<&'a Spans>,
}

impl Http<'_> {
    /// Serves on these sockets. What is returned has to be awaited, and ends when its handle stops it.
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
        // With port 0 only this line has the port.
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
        }
    }
}

/// Serves the metrics until the process ends, also while the API is being shut down.
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
