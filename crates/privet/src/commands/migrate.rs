//! `privet migrate`, and the migration at the start of `privet serve`.

use std::num::NonZeroU16;
use std::time::Duration;

use actix_web::rt::System;
use anyhow::{Context, anyhow};
use clap::Args;
use privet_application::{StoreError, UnavailableReason};
use tokio::time::{Instant, sleep};

use crate::configuration::Environment;
use crate::configuration::database::{DatabaseConfiguration, Location};
use crate::configuration::log::LogConfiguration;
use crate::failure::Failure;
use crate::signals::{SighupStream, StopSignals};
use crate::telemetry;
use crate::wiring::Store;

use super::startup_log;

/// How long to wait for a database that is unreachable, accepts no writes, or is lost during a migration.
/// Containers that start together may start in any order.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

/// What to do after the migrations.
#[derive(Debug, Args)]
pub struct MigrateArguments {
    /// Then lay the tables out over the nodes of a distributed PostgreSQL (Citus)
    #[arg(long)]
    distributed: bool,
    /// How many shards each table gets; without it, the default of the database
    #[arg(long, value_name = "NUMBER", requires = "distributed")]
    shards: Option<NonZeroU16>,
}

/// Migrates the configured database, and distributes its tables if told so.
pub fn run(environment: &Environment, arguments: &MigrateArguments) -> Result<(), Failure> {
    let system = System::new();
    // Nothing is read again, but a SIGHUP for all Privets must not end this one.
    let sighup = system.block_on(async { SighupStream::listen() });
    let _sighup = sighup.context("cannot listen for signals")?;
    // A process with the id 1, as in a container, only ends on signals that it handles.
    let signals = system.block_on(async { StopSignals::listen() });
    let signals = signals.context("cannot listen for signals")?;
    let database = DatabaseConfiguration::read(environment)?;
    if arguments.distributed && matches!(database.location, Location::Sqlite(_)) {
        let (variable, shown) = (database.variable, database.location.shown());
        let refusal = format!("--distributed takes a PostgreSQL, and {variable} is {shown:?}");
        return Err(Failure::Refused(refusal));
    }
    let _log = telemetry::start(LogConfiguration::read(environment)?)?;
    let store = Store::open(&database, None)?;
    let migrated = async {
        assert_taken(&store, &database).await?;
        startup_log::log_migration(&database);
        once_reachable(&store, &database).await?;
        tracing::info!("the database has the tables of this release");
        if arguments.distributed {
            distribute(&store, arguments.shards).await
        } else {
            Ok(())
        }
    };
    system.block_on(unless_stopped(migrated, signals))
}

async fn distribute(store: &Store, shards: Option<NonZeroU16>) -> Result<(), Failure> {
    let distributed = store.distribute(shards).await;
    distributed.map_err(|error| match Store::missing_extension(&error) {
        Some(missing) => Failure::Refused(format!("cannot distribute the tables: {missing}")),
        None => Failure::of_store("distribute the tables", &error),
    })?;
    tracing::info!("the tables are distributed");
    Ok(())
}

/// Ends with an error if a signal arrives before the migration has ended, so that no one relies on the tables. The
/// database rolls back an unfinished migration.
async fn unless_stopped(
    migrated: impl Future<Output = Result<(), Failure>>,
    mut signals: StopSignals,
) -> Result<(), Failure> {
    tokio::select! {
        migrated = migrated => migrated,
        signal = signals.next() => {
            Err(anyhow!("stopped by {signal} before the database was migrated").into())
        }
    }
}

/// An error if the database says that it will never accept this connection; the error is then the only line. An
/// unreachable database is waited for later.
pub async fn assert_taken(store: &Store, database: &DatabaseConfiguration) -> Result<(), Failure> {
    match store.reach().await {
        Err(cause) => refusal(&cause, database).map_or(Ok(()), Err),
        Ok(()) => Ok(()),
    }
}

/// The error if waiting does not help.
fn refusal(cause: &StoreError, database: &DatabaseConfiguration) -> Option<Failure> {
    // Only libpq knows its parameters.
    if Store::refuses_url(cause) {
        return Some(database.refused().into());
    }
    let is_refused = cause.reason() == Some(UnavailableReason::LoginRefused);
    is_refused.then(|| database.refused_by_server(cause).into())
}

/// Migrates once the database is reachable. If the connection is lost during a migration, the waiting time starts
/// again, and is logged once.
pub async fn once_reachable(
    store: &Store,
    database: &DatabaseConfiguration,
) -> Result<(), Failure> {
    let mut deadline = Instant::now() + LONGEST_WAIT;
    let mut is_first = true;
    loop {
        let Err(cause) = store.migrate().await else {
            return Ok(());
        };
        if let Some(failure) = refusal(&cause, database) {
            return Err(failure);
        }
        if Store::was_interrupted(&cause) {
            deadline = Instant::now() + LONGEST_WAIT;
        }
        let is_unavailable = matches!(cause, StoreError::Unavailable(_));
        if !is_unavailable || Instant::now() >= deadline {
            return Err(Failure::of_store("migrate the database", &cause));
        }
        if is_first {
            say_that_it_is_waited_for(&cause);
        }
        is_first = false;
        sleep(PAUSE).await;
    }
}

fn say_that_it_is_waited_for(cause: &StoreError) {
    let seconds = LONGEST_WAIT.as_secs();
    tracing::warn!(
        error.type = cause.error_type(),
        exception.message = %cause,
        "waiting up to {seconds} seconds for the database"
    );
}
