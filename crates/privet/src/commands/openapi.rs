//! `privet openapi`: prints the OpenAPI document.

use std::io::{self, Write};

use anyhow::Context;

use crate::configuration::Environment;
use crate::configuration::addresses::Addresses;
use crate::configuration::catalogue::CatalogueConfiguration;
use crate::failure::Failure;

/// Prints the document.
pub fn run(environment: &Environment) -> Result<(), Failure> {
    let addresses = Addresses::read(environment)?;
    let public_url = addresses.public_url(addresses.listen);
    let has_metrics = addresses.metrics.is_none();
    let read = CatalogueConfiguration::read(environment)?;
    let document = privet_http::openapi_document(&public_url, has_metrics, &read.catalogue);
    let document = document.context("cannot write the OpenAPI document as JSON")?;
    writeln!(io::stdout().lock(), "{document:#}").context("cannot write to standard output")?;
    Ok(())
}
