//! `privet receipt`: checks an erasure receipt.

use std::io::{self, Read, Write};

use anyhow::{Context, anyhow};
use clap::Subcommand;

use crate::configuration::Environment;
use crate::configuration::receipts::{RECEIPT_KEY_FILE, read_receipt_key};
use crate::failure::Failure;

/// Much longer than a receipt, in bytes.
const LONGEST: u64 = 65_536;

/// The actions of the command.
#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Check a receipt against the configured key: exit status 0 if it is valid, else 1
    Verify {
        /// The receipt, or - to read it from standard input
        receipt: String,
    },
}

/// Runs the action.
pub fn run(environment: &Environment, command: ReceiptCommand) -> Result<(), Failure> {
    match command {
        ReceiptCommand::Verify { receipt } => verify(environment, &receipt),
    }
}

/// Prints the content of a valid receipt.
fn verify(environment: &Environment, receipt: &str) -> Result<(), Failure> {
    let key = read_receipt_key(environment)?.ok_or_else(|| {
        Failure::Refused(format!(
            "cannot verify a receipt: {RECEIPT_KEY_FILE} is not set; it names the file with the key that signed it"
        ))
    })?;
    let receipt = match receipt {
        "-" => read_standard_input()?,
        receipt => receipt.to_owned(),
    };
    let claims = key.verify(receipt.trim());
    let claims = claims.map_err(|error| anyhow!("the receipt is not valid: {error}"))?;
    writeln!(io::stdout().lock(), "{claims:#}").context("cannot write to standard output")?;
    Ok(())
}

fn read_standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    let mut input = io::stdin().lock().take(LONGEST);
    input
        .read_to_string(&mut text)
        .context("cannot read the receipt from standard input")?;
    Ok(text)
}
