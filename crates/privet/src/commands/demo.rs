//! `privet demo`: fills an empty development database with a small community, so that there is something to look at.

use std::io::{self, Write};
use std::pin::pin;

use actix_web::rt::System;
use anyhow::Context;
use futures_util::TryStreamExt;
use privet_application::Privet;
use privet_application::transfer::import::{BATCH, ImportCounts, ImportMode};
use privet_http::import::{parse_line, told_last};
use privet_http::lines::LineSplitter;

use crate::configuration::Environment;
use crate::configuration::database::DatabaseConfiguration;
use crate::configuration::keys::{KeyConfiguration, SecretSource};
use crate::failure::Failure;

use super::transfer::{TransferConfiguration, operator};

/// The community, in the format of `privet import`.
const COMMUNITY: &str = include_str!("demo/community.ndjson");

/// The start of the ids of the community. They are made up, and nobody else has them.
const IDS: &str = "de300000-0000-4000-8000-";

/// Fills the database.
pub fn run(environment: &Environment) -> Result<(), Failure> {
    let database = DatabaseConfiguration::read(environment)?;
    let keys = KeyConfiguration::read(environment, &database.location)?;
    if !matches!(keys.secret, SecretSource::Generated { .. }) {
        return Err(Failure::Refused(
            "privet demo fills only a database for development: SQLite, with no key configured"
                .to_owned(),
        ));
    }
    let (configuration, _log) = TransferConfiguration::read(environment)?;
    System::new().block_on(async {
        let transfers = configuration.start().await?;
        assert_empty(&transfers.privet).await?;
        fill(&transfers.privet).await
    })
}

/// An error if somebody is there who is not of the community.
async fn assert_empty(privet: &Privet) -> Result<(), Failure> {
    let mut parts = pin!(privet.transfer.clone().export_all());
    loop {
        let part = parts.try_next().await;
        let part = part.map_err(|error| Failure::of_store("read the database", &error))?;
        let Some(part) = part else {
            return Ok(());
        };
        let mut users = part.iter().filter_map(|line| line.get("user")?.as_str());
        if users.any(|user| !user.starts_with(IDS)) {
            return Err(Failure::Refused(
                "privet demo fills only an empty database, and this one has users".to_owned(),
            ));
        }
    }
}

/// Imports the community. What the catalogue in force does not know is left out.
async fn fill(privet: &Privet) -> Result<(), Failure> {
    let mut splitter = LineSplitter::default();
    splitter.push(COMMUNITY.as_bytes());
    splitter.finish();
    let catalogue = privet.catalogue.get();
    let lines = splitter.take(BATCH);
    let known = lines
        .iter()
        .filter_map(|line| parse_line(&catalogue, line).ok());
    let known = known.map(Ok).collect();
    let outcomes = privet
        .transfer
        .import(&operator(), ImportMode::Fill, known)
        .await;
    let outcomes = outcomes.map_err(|error| Failure::of_store("fill the database", &error))?;
    let mut counts = ImportCounts::default();
    for outcome in &outcomes {
        counts.add(outcome);
    }
    writeln!(io::stdout().lock(), "{}", told_last(&counts))
        .context("cannot write to standard output")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use privet_domain::UserId;

    use super::super::startup_log::first_person;
    use super::*;

    #[test]
    fn everybody_of_the_community_has_one_of_its_ids() {
        for line in COMMUNITY.lines() {
            let ids = line.split('"').filter(|text| UserId::parse(text).is_ok());
            for id in ids {
                assert!(id.starts_with(IDS), "{line}");
            }
        }
        assert!(COMMUNITY.contains(&first_person().to_string()));
    }
}
