//! `privet catalogue`: checks an operator's catalogue, and prints the one in force or the schema of such files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use privet_domain::catalogue::Catalogue;
use serde_json::Value;

use crate::configuration::catalogue::{CatalogueConfiguration, faults};
use crate::configuration::{ConfigurationError, Environment};
use crate::failure::Failure;

/// The actions of the command.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Check an operator's catalogue: exit status 0, or 2 with every error and its path
    Check {
        /// The catalogue
        file: PathBuf,
    },
    /// Print the complete catalogue in force
    Print,
    /// Print the JSON Schema of an operator's catalogue
    Schema,
}

/// Runs the action.
pub fn run(environment: &Environment, command: CatalogueCommand) -> Result<(), Failure> {
    match command {
        CatalogueCommand::Check { file } => check(&file),
        CatalogueCommand::Print => {
            let read = CatalogueConfiguration::read(environment)?;
            print(&read.catalogue.to_document())
        }
        CatalogueCommand::Schema => print(&Catalogue::json_schema()),
    }
}

fn check(file: &Path) -> Result<(), Failure> {
    let path = file.display();
    let other = |message| Failure::Configuration(ConfigurationError::other(message));
    let content =
        std::fs::read(file).map_err(|cause| other(format!("{path} cannot be read: {cause}")))?;
    let text = String::from_utf8(content).map_err(|_| other(format!("{path} is not UTF-8")))?;
    let catalogue = Catalogue::parse(&text).map_err(|invalid| {
        let error = ConfigurationError::other(format!("{path} breaks rules of the catalogue:"));
        Failure::Configuration(error.with_faults(faults(&invalid)))
    })?;
    let (settings, actions) = (catalogue.settings().len(), catalogue.actions().len());
    write(&format!(
        "{path} is valid: {settings} settings, {actions} actions"
    ))
}

fn print(document: &Value) -> Result<(), Failure> {
    write(&format!("{document:#}"))
}

fn write(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}").context("cannot write to standard output")?;
    Ok(())
}
