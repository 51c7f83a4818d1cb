//! `privet export`: prints everything that Privet holds, as lines that `privet import` takes.

use std::io::{self, BufWriter, Write};
use std::pin::pin;

use actix_web::rt::System;
use anyhow::Context;
use clap::Args;
use futures_util::TryStreamExt;
use privet_application::transfer::TransferService;

use crate::configuration::Environment;
use crate::failure::Failure;

use super::TransferConfiguration;
use super::progress::Progress;

/// What to export.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Export all users; one user's own data is at GET /api/v1/users/me/export
    #[arg(long, required = true)]
    all: bool,
}

/// Prints all lines to standard output.
pub fn run(environment: &Environment, arguments: &ExportArguments) -> Result<(), Failure> {
    if !arguments.all {
        return Err(Failure::Refused("there is only --all to export".to_owned()));
    }
    let (configuration, _log) = TransferConfiguration::read(environment)?;
    System::new().block_on(async {
        let transfers = configuration.start().await?;
        export(transfers.privet.transfer.clone()).await
    })
}

async fn export(transfer: TransferService) -> Result<(), Failure> {
    const WRITING: &str = "cannot write to standard output";
    let progress = Progress::of(None);
    let mut output = BufWriter::new(io::stdout().lock());
    let (mut lines, mut bytes) = (0, 0);
    let mut parts = pin!(transfer.export_all());
    loop {
        let part = parts.try_next().await;
        let part = part.map_err(|error| Failure::of_store("export", &error))?;
        let Some(part) = part else {
            output.flush().context(WRITING)?;
            return Ok(());
        };
        for line in &part {
            let text = line.to_string();
            writeln!(output, "{text}").context(WRITING)?;
            bytes += text.len() as u64 + 1;
        }
        lines += part.len() as u64;
        progress.show(bytes, lines);
    }
}
