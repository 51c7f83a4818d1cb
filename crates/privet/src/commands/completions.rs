//! `privet completions`: prints the completions for a shell.

use std::io::{self, Write};

use anyhow::Context;
use clap::Command;
use clap_complete::{Shell, generate};

use crate::failure::Failure;

/// Prints the completions of `command` for `shell`.
pub fn run(mut command: Command, shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, &mut script);
    let printed = io::stdout().lock().write_all(&script);
    printed.context("cannot write to standard output")?;
    Ok(())
}
