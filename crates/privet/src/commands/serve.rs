//! `privet serve`: migrates, serves, and shuts down gracefully.

mod backend;
mod catalogue_reload;
mod http;
mod listeners;
mod maintenance;
mod open_files;

use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::{self, System};
use anyhow::{Context, anyhow};
use privet_application::Clock;

use crate::configuration::log::LogConfiguration;
use crate::configuration::{Configuration, Environment};
use crate::failure::Failure;
use crate::keys::{Keys, KeysInUse};
use crate::signals::{SighupStream, StopSignals};
use crate::system_clock::SystemClock;
use crate::telemetry;
use crate::telemetry::Spans;
use crate::telemetry::metrics::Registry;
use crate::wiring::{self, Redis, Store};

use super::migrate;
use super::startup_log::{self, DemoLink, FirstSteps};

use backend::Backend;
use catalogue_reload::CatalogueReload;
use http::Http;
use listeners::Listeners;
use maintenance::Maintenance;

/// Serves until a stop signal.
pub fn run(environment: &Environment) -> Result<(), Failure> {
    let system = System::new();
    // First, so that SIGHUP does not end the process from now on.
    let sighup = system.block_on(async { SighupStream::listen() });
    let sighup = sighup.context("cannot listen for signals")?;
    let configuration = Configuration::read(environment)?;
    let _log = telemetry::start(LogConfiguration::read(environment)?)?;
    let spans = Spans::start()?;
    system.block_on(serve(environment, configuration, spans.as_ref(), sighup))
}

async fn serve(
    environment: &Environment<'_>,
    configuration: Configuration,
    spans: Option<&Spans>,
    sighup: SighupStream,
) -> Result<(), Failure> {
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let registry = Registry::install(SystemClock.now()).context("cannot count")?;
    let redis = configuration.redis_url.as_ref().map(Redis::new);
    let redis = redis.transpose()?;
    // Before anything is created or migrated, so that an occupied port is reported at once. Clients that connect
    // meanwhile wait.
    let listeners = Listeners::bind(&configuration.addresses)?;
    let store = Store::open(&configuration.database, redis.as_ref())?;
    let keys = tokio::select! {
        keys = prepare(&store, &configuration, spans) => keys?,
        signal = signals.next() => {
            tracing::info!(%signal, "stopped before serving");
            return Ok(());
        }
    };
    let public_url = configuration.addresses.public_url(listeners.api.address);
    let first_steps = FirstSteps::new(environment, &configuration, &public_url);
    let demo_link = DemoLink::new(&configuration, listeners.api.address, &public_url)?;
    let keys = KeysInUse::new(&configuration.keys, keys);
    let Backend { privet, limiters } = Backend::start(&configuration, &store, redis.as_ref());
    wiring::watch_sizes(&registry, &store, limiters.as_ref(), keys.verifier());
    let http = Http {
        configuration: &configuration,
        public_url,
        privet: Arc::clone(&privet),
        verifier: Arc::clone(keys.verifier()),
        registry,
        spans,
    };
    let server = http.start(listeners)?;
    let maintenance = Maintenance {
        sighup,
        keys,
        reloads: vec![Box::new(CatalogueReload(Arc::clone(&privet.catalogue)))],
    };
    rt::spawn(maintenance.run());
    first_steps.log();
    if let Some(link) = demo_link {
        link.print();
    }
    until_stopped(server, signals).await
}

/// Serves until a stop signal, then shuts down.
async fn until_stopped(server: Server, mut signals: StopSignals) -> Result<(), Failure> {
    let handle = server.handle();
    let ended = rt::spawn(server);
    tokio::select! {
        ended = ended => {
            ended.context("the HTTP server failed")?.context("the HTTP server failed")?;
            Err(anyhow!("the HTTP server ended by itself").into())
        }
        signal = signals.next() => {
            tracing::info!(%signal, "shutting down: finishing requests in progress");
            Ok(stop(&handle, signals).await?)
        }
    }
}

/// The steps before serving: migrates the database and loads the keys.
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

/// Stops when the requests in progress are answered; at once on a second signal.
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
