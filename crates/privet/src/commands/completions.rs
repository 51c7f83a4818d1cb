//! `privet completions`: what a shell needs to complete the commands, on standard output.

use std::io::{self, Write};

use anyhow::Context;
use clap::Command;
use clap_complete::{Shell, generate};

use crate::failure::Failure;

/// Prints what `shell` needs to complete `command`.
pub fn run(mut command: Command, shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, &mut script);
    let printed = io::stdout().lock().write_all(&script);
    printed.context("cannot write to standard output")?;
    Ok(())
}
