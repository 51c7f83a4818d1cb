//! `privet serve`: migrates, serves, and stops gracefully when asked to.

mod open_files;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::rt::{self, System};
use anyhow::{Context, anyhow};
use privet_application::catalogue::CurrentCatalogue;
use privet_application::rate_limits::Limit;
use privet_application::{Clock, Privet};
use privet_http::{HttpConfig, Metrics, PublicUrl};
use tokio::net::TcpSocket;

use crate::configuration::log::LogConfiguration;
use crate::configuration::{Configuration, Environment};
use crate::failure::Failure;
use crate::keys::Keys;
use crate::signals::{Hangups, StopSignals, Upkeep};
use crate::system_clock::SystemClock;
use crate::telemetry;
use crate::telemetry::Spans;
use crate::telemetry::metrics::Registry;
use crate::wiring::{self, Limiters, Redis, Store};

use super::migrate;
use super::startup_log::{self, Greeting};

/// Scripts wait for the line `privet::serve: listening`, whatever module logs it.
const LISTENING_TARGET: &str = "privet::serve";
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// Serves until asked to stop.
pub fn run(environment: &Environment) -> Result<(), Failure> {
    let system = System::new();
    // First of all: a SIGHUP is to end nothing.
    let hangups = system.block_on(async { Hangups::listen() });
    let hangups = hangups.context("cannot listen for signals")?;
    let configuration = Configuration::read(environment)?;
    let _log = telemetry::start(LogConfiguration::read(environment)?)?;
    let spans = Spans::start()?;
    system.block_on(serve(environment, configuration, spans.as_ref(), hangups))
}

async fn serve(
    environment: &Environment<'_>,
    configuration: Configuration,
    spans: Option<&Spans>,
    hangups: Hangups,
) -> Result<(), Failure> {
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let counted = Registry::install(SystemClock.now()).context("cannot begin to count")?;
    let redis = configuration.redis_url.as_ref().map(Redis::new);
    let redis = redis.transpose()?;
    // A port that is taken shows before anything is made or migrated. Whoever connects meanwhile waits.
    let addresses = &configuration.addresses;
    let (listener, bound) = listen(addresses.listen, "PRIVET_LISTEN")?;
    let listen_apart = |address| listen(address, "PRIVET_METRICS_ADDR");
    let for_metrics = addresses.metrics.map(listen_apart).transpose()?;
    let store = Store::open(&configuration.database, redis.as_ref())?;
    let keys = tokio::select! {
        keys = prepare(&store, &configuration, spans) => keys?,
        signal = signals.next() => {
            tracing::info!(%signal, "stopped before serving");
            return Ok(());
        }
    };
    let public_url = configuration.addresses.public_url(bound);
    let greeting = Greeting::new(environment, &configuration, &public_url);

    let quotas = configuration.limits;
    let limiters = quotas.map(|limits| Limiters::new(limits, redis.as_ref()));
    if let Some(limiters) = &limiters {
        rt::spawn(limiters.forget_idle_forever());
    }
    if let Some(redis) = &redis {
        rt::spawn(redis.keep_connected());
    }
    rt::spawn(store.watch_cache());
    let catalogue = Arc::new(CurrentCatalogue::new(configuration.catalogue.catalogue));
    let patience = configuration.database.timeout;
    let privet = wiring::assemble(
        &store,
        redis.as_ref(),
        limiters.as_ref(),
        &catalogue,
        patience,
    );
    let accounts = privet.accounts.clone();
    rt::spawn(async move { accounts.finish_erasures_forever().await });
    let privet = Arc::new(privet);
    let looking = Arc::clone(&privet);
    // The log says from the start what is in the way.
    rt::spawn(async move { looking.dependencies.look().await });
    let verifier = Arc::new(wiring::verifier(&configuration.keys, &keys));
    wiring::watch_sizes(&counted, &store, limiters.as_ref(), &verifier);
    let metrics = Metrics::new(move || counted.render());
    let has_metrics = for_metrics.is_none();
    if let Some(listening) = for_metrics {
        serve_metrics(listening, &privet, &metrics)?;
    }
    let http = HttpConfig {
        public_url: PublicUrl {
            url: public_url,
            is_configured: addresses.has_public_url(),
        },
        workers: configuration.server.workers,
        max_connections: configuration.server.max_connections,
        shutdown: configuration.server.shutdown,
        trusted_proxies: configuration.server.trusted_proxies,
        cors_origins: configuration.server.cors_origins,
        metrics,
        has_metrics,
        spans: spans.map(Spans::sink),
        failed_auth: quotas.map(|limits| limits.quota(Limit::FailedAuthentication)),
    };
    let upkeep = Upkeep {
        hangups,
        keys,
        verifier: Arc::clone(&verifier),
        catalogue,
    };
    rt::spawn(upkeep.run());
    let server = privet_http::serve(listener, privet, verifier, http)
        .context("cannot start the HTTP server")?;
    let handle = server.handle();
    let ended = rt::spawn(server);
    // Not in the greeting, which names the public address: with port 0 this is where the port is said.
    tracing::info!(
        target: LISTENING_TARGET,
        { server.address = %bound.ip(), server.port = bound.port() },
        "listening"
    );
    greeting.log();

    tokio::select! {
        ended = ended => {
            ended.context("the HTTP server failed")?.context("the HTTP server failed")?;
            Err(anyhow!("the HTTP server ended by itself").into())
        }
        signal = signals.next() => {
            tracing::info!(%signal, "stopping: finishing the requests that are under way");
            Ok(stop(&handle, signals).await?)
        }
    }
}

/// What takes time before anything can be served: migrating, and gathering the keys.
async fn prepare(
    store: &Store,
    configuration: &Configuration,
    spans: Option<&Spans>,
) -> Result<Keys, Failure> {
    migrate::assert_taken(store, &configuration.database).await?;
    startup_log::log(configuration);
    Spans::log(spans);
    open_files::allow(configuration);
    migrate::once_reachable(store, &configuration.database).await?;
    Ok(Keys::gather(&configuration.keys).await?)
}

/// Stops once the requests that are under way are answered; at once when asked again.
async fn stop(handle: &ServerHandle, mut signals: StopSignals) -> anyhow::Result<()> {
    tokio::select! {
        () = handle.stop(true) => {
            tracing::info!("stopped");
            Ok(())
        }
        signal = signals.next() => {
            Err(anyhow!("stopped at once by a second signal ({signal})"))
        }
    }
}

/// Serves the metrics on an address of their own for as long as the process runs, shutting down included.
fn serve_metrics(
    (listener, bound): (TcpListener, SocketAddr),
    privet: &Arc<Privet>,
    metrics: &Metrics,
) -> anyhow::Result<()> {
    let server = privet_http::serve_metrics(listener, Arc::clone(privet), metrics.clone());
    rt::spawn(server.context("cannot start the HTTP server of the metrics")?);
    tracing::info!(
        server.address = %bound.ip(),
        server.port = bound.port(),
        "metrics listening"
    );
    Ok(())
}

/// Listens on the address that `variable` holds.
fn listen(address: SocketAddr, variable: &str) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let socket = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // Lets a restart have the port while connections of the last run are fading out.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?.into_std()?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    let listening: io::Result<_> = socket();
    listening.with_context(|| format!("cannot listen on {address} ({variable})"))
}
