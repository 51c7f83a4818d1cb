//! `privet migrate`, and the migration with which serving begins.

use std::time::Duration;

use actix_web::rt::System;
use anyhow::Context;
use privet_application::StoreError;
use tokio::time::{Instant, sleep};

use crate::configuration::Environment;
use crate::configuration::database::DatabaseConfiguration;
use crate::configuration::log::LogConfiguration;
use crate::failure::{Failure, in_one_line};
use crate::hangups::Hangups;
use crate::telemetry;
use crate::wiring::Store;

/// For how long a database that is not there yet is waited for. Containers that are started together
/// come up in any order.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

/// Migrates the configured database.
pub fn run(environment: &Environment) -> Result<(), Failure> {
    let system = System::new();
    // Nothing is read again, but a SIGHUP that is meant for all Privets must not end this one.
    let hangups = system.block_on(async { Hangups::listen() });
    let _hangups = hangups.context("cannot listen for signals")?;
    let database = DatabaseConfiguration::read(environment)?;
    let _log = telemetry::start(LogConfiguration::read(environment)?)?;
    let store = Store::open(&database, None)?;
    system.block_on(once_reachable(&store, &database))?;
    tracing::info!("the database has the tables of this release");
    Ok(())
}

/// Migrates as soon as the database can be reached.
pub async fn once_reachable(
    store: &Store,
    database: &DatabaseConfiguration,
) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    let mut is_first = true;
    loop {
        match store.migrate().await {
            Ok(()) => return Ok(()),
            Err(cause @ StoreError::Unavailable(_)) if Instant::now() < deadline => {
                if is_first {
                    let patience = PATIENCE.as_secs();
                    let cause = in_one_line(&cause);
                    tracing::warn!(cause, "waiting up to {patience} seconds for the database");
                }
                is_first = false;
                sleep(PAUSE).await;
            }
            // Only libpq knows what libpq takes.
            Err(cause) if Store::refuses_url(&cause) => return Err(database.refused().into()),
            Err(cause) => return Err(Failure::of_store("migrate the database", &cause)),
        }
    }
}
